import { createHash, randomBytes } from 'node:crypto'
import type { Case } from '../cases.ts'
import type { SealedPaper, SealedReport } from '../formats/cases.ts'
import { hourOf } from '../formats/layout.ts'
import type { CaseStep } from '../writing/case-steps.ts'
import type { Moment, Writer } from '../writing/writer.ts'

type Step<Name extends CaseStep['step']> = Extract<CaseStep, { step: Name }>

/** The hash of a content that nobody needs to know here. */
export const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex')

/** As long and as meaningless as what is sealed to these auditors. */
export const copiesFor = (auditors: readonly number[]): SealedPaper[] =>
  auditors.map(auditor => ({ auditor, enc: randomBytes(32), sealed: randomBytes(24) }))

export const reportFor = (...auditors: number[]): SealedReport => ({
  ct: randomBytes(40),
  nonce: randomBytes(12),
  keys: copiesFor(auditors),
})

/** A request of auditor 1 about the last two hours. */
export const requestOf = (
  id: number,
  { now }: Pick<Moment, 'now'>,
  auditors: readonly number[] = [1, 2, 3],
  changes: Partial<Step<'request'>> = {},
): Step<'request'> => ({
  step: 'request',
  case: id,
  category: 'insult',
  requester: auditors[0] ?? 1,
  request: hashOf(`request ${id}`),
  papers: copiesFor(auditors),
  from: Math.max(0, hourOf(now) - 2),
  to: hourOf(now),
  ...changes,
})

export const reviewOf = (
  id: number,
  step: 'approve' | 'deny',
  reviewer = 2,
  auditors: readonly number[] = [1, 2, 3],
): Step<'approve' | 'deny'> => ({
  step,
  case: id,
  reviewer,
  review: hashOf(`review ${id}`),
  papers: copiesFor(auditors),
})

export const executionOf = (id: number, report: SealedReport = reportFor(1, 2)): Step<'execute'> => ({
  step: 'execute',
  case: id,
  report,
  scanned: 900,
  opened: 60,
  kept: 7,
  faults: 0,
})

export const closingOf = (
  id: number,
  auditors: readonly number[] = [1, 2, 3],
  changes: Partial<Step<'close'>> = {},
): Step<'close'> => ({
  step: 'close',
  case: id,
  auditor: 1,
  result: 'unconfirmed',
  paper: hashOf(`result ${id}`),
  papers: copiesFor(auditors),
  told: 'told',
  until: null,
  ...changes,
})

/** What two auditors do one after the other, up to the step that is named. */
export function stepsTo(
  last: CaseStep['step'],
  id: number,
  moment: Pick<Moment, 'now'>,
  auditors: readonly number[] = [1, 2, 3],
): CaseStep[] {
  const [one = 1, two = 2] = auditors
  const day = 24 * 3_600_000
  const deferred = { auditor: one, told: 'deferred', until: moment.now + 30 * day } as const
  const steps: CaseStep[] = [
    requestOf(id, moment, auditors),
    reviewOf(id, 'approve', two, auditors),
    { step: 'present', case: id, auditor: one },
    { step: 'present', case: id, auditor: two },
    executionOf(id, reportFor(one, two)),
    { step: 'view', case: id, auditor: two },
    { step: 'propose-export', case: id, auditor: one },
    { step: 'export', case: id, auditor: two },
    { step: 'propose-extension', case: id, auditor: two },
    { step: 'extend', case: id, auditor: one, until: moment.now + 60 * day },
    closingOf(id, auditors, deferred),
    { step: 'notify', case: id, people: 2 },
  ]
  return steps.slice(0, steps.findLastIndex(({ step }) => step === last) + 1)
}

/** Takes a case, or several, so far; returns how it stands. */
export async function bringTo(last: CaseStep['step'], writer: Writer, moment: Moment, id?: number): Promise<Case> {
  let found: Case | undefined
  for (const step of stepsTo(last, id ?? (await writer.nextCase()), moment)) found = await writer.step(step, moment)
  if (!found) throw new Error('there is no such step')
  return found
}
