import { randomBytes } from 'node:crypto'
import { type Case, unfinishedCases } from '../cases.ts'
import type { File } from '../file.ts'
import { CaseRefused } from '../formats/refusal.ts'
import type { CaseStep } from '../writing/case-steps.ts'
import type { Moment, Writer } from '../writing/writer.ts'
import type { Dice } from './dice.ts'
import { closingOf, executionOf, reportFor, reviewOf, stepsTo } from './small-case.ts'

const day = 24 * 3_600_000

/** Any step of a case, mostly one that may be taken. */
function anyStep(
  { id, requester, reviewer }: Case,
  [auditor = 1]: readonly number[],
  active: readonly number[],
  now: number,
  dice: Dice,
): CaseStep {
  const of = { case: id }
  const deferred = { auditor, told: 'deferred', until: now + 9 * day } as const
  return dice.pick<CaseStep>([
    [8, reviewOf(id, 'approve', auditor, active)],
    [1, reviewOf(id, 'deny', auditor, active)],
    [1, { ...of, step: 'cancel', auditor }],
    [1, { ...of, step: 'interrupt', why: 'absent' }],
    [3, { ...of, step: 'expire' }],
    [4, { ...of, step: 'endorse' }],
    [8, { ...of, step: 'present', auditor: requester }],
    [8, { ...of, step: 'present', auditor: reviewer ?? auditor }],
    [12, executionOf(id, reportFor(requester, reviewer ?? auditor))],
    [2, { ...of, step: 'view', auditor }],
    [2, { ...of, step: 'propose-export', auditor }],
    [2, { ...of, step: 'export', auditor }],
    [2, { ...of, step: 'propose-extension', auditor }],
    [2, { ...of, step: 'extend', auditor, until: now + 40 * day }],
    [3, closingOf(id, active, dice.chance(0.5) ? deferred : { auditor })],
    [3, { ...of, step: 'notify', people: 1 }],
    [6, { ...of, step: 'shred' }],
    [3, { ...of, step: 'end', told: 'none' }],
  ])
}

const activeIn = async (file: File): Promise<number[]> =>
  (await file.all<{ id: number }>("SELECT id FROM audit_auditor WHERE state = 'active'")).map(row => row.id)

function allowRefusal(error: unknown): void {
  if (!(error instanceof CaseRefused)) throw error
}

/** Any step of any case, or the first steps of a new one; what cannot follow is refused. Returns how many were taken. */
export async function takeAnySteps(writer: Writer, file: File, moment: Moment, dice: Dice): Promise<number> {
  const active = await activeIn(file)
  if (active.length < 3) return 0
  const cases = await unfinishedCases({ reading: file })
  const one = dice.chance(0.3) ? undefined : cases[dice.between(0, cases.length - 1)]
  const auditors = dice.chance(0.5) ? active : active.toReversed()
  const begun = stepsTo(dice.chance(0.5) ? 'request' : 'notify', await writer.nextCase(), moment, auditors)
  const steps = one ? [anyStep(one, auditors, active, moment.now, dice)] : begun.slice(0, dice.between(1, begun.length))
  let taken = 0
  const take = async () => {
    for (const step of steps) {
      await writer.step(step, moment)
      taken += 1
    }
  }
  await take().catch(allowRefusal)
  return taken
}

/** The first two stay, so that what is sealed can be looked at. */
export async function changeAnyAuditor(writer: Writer, file: File, moment: Moment, dice: Dice): Promise<void> {
  const active = await activeIn(file)
  const auditor = active[dice.between(0, active.length - 1)]
  if (auditor === undefined) return
  const [salt, wrapped, nonce] = [randomBytes(16), randomBytes(48), randomBytes(12)]
  const revoked = auditor > 2 && dice.chance(0.3)
  await writer
    .appoint(
      revoked ? { step: 'revoke', auditor } : { step: 'passphrase', auditor, wrapped, nonce, salt, kdf: '{}' },
      moment,
    )
    .catch(allowRefusal)
}
