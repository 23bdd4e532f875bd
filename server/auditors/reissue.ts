import { instanceOf } from '../audit/opening/reading.ts'
import { reissueShares, type SharesToReissue } from '../audit/opening/reissue.ts'
import type { House } from '../house.ts'
import { listActiveAuditors } from '../people/auditors.ts'
import { type Ceremony, seatHolds } from '../people/ceremonies.ts'

const name = 'reissue'

/** Months, each as `YYYY-MM`. */
export interface Outcome {
  /** Everybody can help to open them now. */
  readonly done: readonly string[]
  /** Their old shares are still in force: it stopped half-way. */
  readonly left: readonly string[]
  /** These two could not open them. */
  readonly unopened: readonly string[]
}

const outcomes = new WeakMap<Ceremony, Outcome>()
export const outcomeOf = (ceremony: Ceremony): Outcome | undefined => outcomes.get(ceremony)

/** The handing out of new shares that is under way, or the last that ended. */
export const findReissue = (house: House): Ceremony | undefined => house.ceremonies.find(name)

/** The one under way, or a new one. Two who are auditors today, whichever. */
export async function beginReissue(house: House): Promise<Ceremony> {
  const running = findReissue(house)
  if (running && !running.over) return running
  const auditors = new Set((await listActiveAuditors(house)).map(one => one.id))
  return house.ceremonies.begin<SharesToReissue>(name, {
    admits: auditor => auditors.has(auditor),
    holds: seat => seatHolds(house, seat),
    work: (parts, ceremony) => handOut(house, parts, ceremony),
    // No share has changed then, so the ledger has nothing to tell.
    interrupted: async () => undefined,
    failed: error =>
      house.log.error({ route: '/auditors/reissue', kind: error.constructor.name }, 'handing out shares failed'),
  })
}

async function handOut(
  house: House,
  [a, b]: readonly [SharesToReissue, SharesToReissue],
  ceremony: Ceremony,
): Promise<void> {
  const { reading } = house.audit
  const { periods, unopened } = await reissueShares(reading, await instanceOf(reading), a, b)
  await ceremony.look()
  if (!ceremony.commit()) throw new Error('It was ended while the shares were being made')
  const all = periods.map(one => one.period)
  const rows = await reading.all<{ id: number; month: string }>('SELECT id, month FROM audit_period')
  const months = new Map(rows.map(({ id, month }) => [id, month]))
  const tell = (handedOut: number) =>
    outcomes.set(ceremony, outcome(months, all.slice(0, handedOut), all.slice(handedOut), unopened))
  tell(0)
  // A month is handed out whole or not at all; where it stops half-way, each has either its old shares or its new ones.
  for (const [index, { period, shares }] of periods.entries()) {
    await house.audit.appoint({ step: 'reissue', period, shares })
    tell(index + 1)
    ceremony.tell(index + 1, periods.length)
  }
}

function outcome(
  months: ReadonlyMap<number, string>,
  done: readonly number[],
  left: readonly number[],
  unopened: readonly number[],
): Outcome {
  const named = (ids: readonly number[]) => [...new Set(ids.map(id => months.get(id) ?? ''))].sort()
  const later = named(left)
  return { done: named(done).filter(month => !later.includes(month)), left: later, unopened: named(unopened) }
}

/** Periods that have not been deleted, and how many of them somebody who is an auditor today has no share of. */
export async function sharesMissing(house: House): Promise<{ months: number; missing: number }> {
  const [row] = await house.audit.reading.all<{ months: number; missing: number }>(
    `SELECT count(*) AS months, coalesce(sum((SELECT count(*) FROM audit_share s JOIN audit_auditor a ON a.id = s.auditor_id
        AND a.state = 'active' WHERE s.period_id = p.id) < (SELECT count(*) FROM audit_auditor WHERE state = 'active')), 0) AS missing
     FROM audit_period p WHERE n > 0 AND shredded_idx IS NULL`,
  )
  return row ?? { months: 0, missing: 0 }
}
