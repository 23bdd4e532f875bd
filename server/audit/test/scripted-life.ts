import { CaseRefused } from '../formats/refusal.ts'
import type { CaseStep } from '../writing/case-steps.ts'
import type { Moment, Writer } from '../writing/writer.ts'
import { planConfirmed } from './confirmed.ts'
import { stepsTo } from './small-case.ts'
import { at, recordOf, type TestAuditor, trusted } from './small-log.ts'

/** Where a scripted life takes place. What it tells must outlast it. */
export interface Stage {
  readonly writer: Writer
  readonly auditors: readonly TestAuditor[]
  /** Told before anything is tried at this time. */
  reached(moment: Moment): void
  acknowledged(names: readonly string[], moment: Moment): void
}

/** `attempt` is 0 unless an act is tried again, which then writes other records. */
export type Act = (stage: Stage, attempt: number) => Promise<unknown>

const doing =
  (moment: Moment, work: (stage: Stage, moment: Moment, attempt: number) => Promise<unknown>): Act =>
  (stage, attempt) => {
    stage.reached(moment)
    return work(stage, moment, attempt)
  }

export const appending = (moment: Moment, label: string, count: number): Act =>
  doing(moment, async (stage, _, attempt) => {
    const names = Array.from({ length: count }, (_, number) => `${label}${number}${attempt === 0 ? '' : `-${attempt}`}`)
    await stage.writer.append(names.map(recordOf), moment)
    stage.acknowledged(names, moment)
  })

const ticking = (moment: Moment): Act => doing(moment, stage => stage.writer.tick(moment))

const enrolling = (index: number): Act =>
  doing(at(`2026-11-29T09:0${index}:00Z`), async ({ writer, auditors }, moment) => {
    const auditor = auditors[index]
    // After a failure it may be done already.
    if (auditor && (await writer.nextAuditor()) === auditor.row.id) await writer.enrol(auditor.row, moment)
  })

/** After a failure it may be done already. */
const once = async (work: () => Promise<unknown>, attempt: number): Promise<void> => {
  await work().catch(error => {
    if (attempt === 0 || !(error instanceof CaseRefused)) throw error
  })
}

const taking = (moment: Moment, step: CaseStep): Act =>
  doing(moment, ({ writer }, _, attempt) => once(() => writer.step(step, moment), attempt))

const otherWrapping = { wrapped: Buffer.alloc(48, 1), nonce: Buffer.alloc(12, 2), salt: Buffer.alloc(16, 3), kdf: '{}' }
const caseAt = '2026-12-29T12:10:00Z'
/** A whole case, of which little is left out; its report is deleted later. */
const caseSteps = stepsTo('notify', 1, at(caseAt)).filter(({ step }) => !/view|propose|export|extend/.test(step))

const stepping = (before: string, moment: Moment): Act =>
  doing(moment, stage => stage.writer.clockStepped(Date.parse(before), moment))

export const pruning = (moment: Moment): Act =>
  doing(moment, async ({ writer }) => {
    const { due } = await planConfirmed(writer, moment)
    for (const segment of due) await writer.prune(segment, moment)
    await writer.endPruning(moment)
  })

export const closing = (last: number): Act => doing(at(last + 60_000), (stage, moment) => stage.writer.close(moment))

/** Everything that writes, once at least; segments of eight records are soon full. */
export const script: readonly Act[] = [
  doing(at('2026-11-29T08:10:00Z'), (stage, moment) => stage.writer.start(moment)),
  appending(at('2026-11-29T08:11:00Z'), 'unreadable', 2),
  ...[0, 1, 2].map(enrolling),
  appending(at('2026-11-29T10:00:00Z'), 'single', 1),
  appending(at('2026-11-29T10:00:01Z'), 'batch', 5),
  appending(at('2026-11-29T10:00:02Z'), 'over-the-end', 20),
  ticking(at('2026-11-29T11:00:00Z')),
  appending(at('2026-11-29T11:10:00Z'), 'next-hour', 3),
  stepping('2026-11-29T11:11:00Z', at('2026-11-29T11:16:00Z')),
  appending(at('2026-11-29T11:17:00Z'), 'after-a-small-step', 2),
  ticking(at('2026-12-01T00:01:00Z')),
  appending(at('2026-12-01T01:02:00Z'), 'new-month', 3),
  stepping('2026-12-01T01:03:00Z', at('2026-11-30T01:03:00Z')),
  appending(at('2026-11-30T01:04:00Z'), 'in-doubt', 2),
  pruning(at('2026-11-30T01:05:00Z')),
  doing(at('2026-11-30T01:06:00Z'), (stage, moment) => stage.writer.note('clock_confirmed', { by: 'admin' }, moment)),
  appending(at('2026-11-30T01:07:00Z'), 'confirmed', 2),
  stepping('2026-11-30T01:08:00Z', trusted('2026-12-01T01:08:00Z')),
  appending(at('2026-12-01T01:09:00Z'), 'right-again', 2),
  ticking(at('2026-12-28T10:00:00Z')),
  ticking(at('2026-12-29T11:00:00Z')),
  appending(at('2026-12-29T12:00:00Z'), 'not-yet-old', 3),
  ...caseSteps.map(step => taking(at(caseAt), step)),
  pruning(at('2026-12-30T12:00:00Z')),
  appending(at('2027-01-08T12:00:00Z'), 'after-pruning', 2),
  pruning(at('2027-01-08T12:01:00Z')),
  ticking(trusted('2027-01-13T12:00:00Z')),
  taking(at('2027-01-13T12:01:00Z'), { step: 'shred', case: 1 }),
  doing(at('2027-01-13T12:02:00Z'), ({ writer }, moment, attempt) =>
    once(() => writer.appoint({ step: 'passphrase', auditor: 1, ...otherWrapping }, moment), attempt),
  ),
  doing(at('2027-01-13T12:03:00Z'), ({ writer }, moment, attempt) =>
    once(() => writer.appoint({ step: 'revoke', auditor: 3 }, moment), attempt),
  ),
]

/** What is done after a restart, from a minute after the last time that was reached. */
export const goingOn = (last: number): readonly Act[] => {
  const moment = at(last + 60_000)
  return [
    doing(moment, stage => stage.writer.start(moment)),
    appending(moment, `again-${last}-`, 10),
    ticking(at(last + 3_600_000)),
  ]
}
