import type { File } from '../file.ts'
import { hour, hourOf } from '../formats/layout.ts'
import { pragmas } from '../formats/schema.ts'
import { doubtIn } from './doubt.ts'
import type { Ledger } from './ledger.ts'

/** A segment that is to go. */
export interface Due {
  readonly id: number
  readonly n: number
  readonly head: Buffer
}

export interface Pruning {
  readonly due: readonly Due[]
  /** Why nothing is to be deleted. */
  readonly refused: 'clock' | 'too-much' | null
}

const day = 24
const mostAtOnce = 5000

/**
 * Segments that no case holds back, with the hour from which their time counts. What was recorded by a doubtful clock
 * counts from when the clock was confirmed: without its battery it would make everything fifty years old.
 */
const aged = `WITH
  clock AS MATERIALIZED (
    SELECT idx, body ->> 't' AS t, body ->> 'doubt' AS doubt FROM audit_ledger
    WHERE json_valid(body) AND body ->> 'k' IN ('clock_step', 'clock_confirmed')
  ),
  aged AS (
    SELECT id, n, head, coalesce((
      SELECT t / ${hour} FROM clock WHERE idx > closed_idx AND doubt IS NULL AND 'none' <> (
        SELECT doubt FROM clock WHERE idx < closed_idx ORDER BY idx DESC LIMIT 1
      ) ORDER BY idx LIMIT 1
    ), hour) AS hour
    FROM audit_segment AS s WHERE state IN ('closed', 'recovered') AND NOT EXISTS (
      SELECT 1 FROM audit_hold WHERE until > ? AND s.hour BETWEEN hour_from AND hour_to
    )
  )`

/** Past their time, oldest first. */
const listDue = (file: File, before: number, nowHours: number, limit: number): Promise<Due[]> =>
  file.all<Due>(
    `${aged} SELECT id, n, head FROM aged WHERE hour < ? ORDER BY hour, id LIMIT ?`,
    ...[nowHours, before, limit],
  )

/** How many records are due, and how many the busiest day of the whole log had. */
async function amounts(file: File, before: number, nowHours: number): Promise<{ due: number; busiest: number }> {
  const [row] = await file.all<{ due: number | null; busiest: number | null }>(
    `${aged} SELECT (SELECT sum(n) FROM aged WHERE hour < ?) AS due,
       (SELECT max(n) FROM (SELECT sum(n) AS n FROM audit_segment WHERE state <> 'open' GROUP BY hour / 24)) AS busiest`,
    ...[nowHours, before],
  )
  return { due: row?.due ?? 0, busiest: row?.busiest ?? 0 }
}

/**
 * Days with a line in the ledger since segments were last deleted, or since the first could be; every day explains a
 * day's worth. Days over which the clock leapt have none, nor have those in which the box was off.
 */
async function daysWaited(file: File, ledger: Ledger, retentionDays: number): Promise<number> {
  const last = ledger.latest('segment_pruned')
  const first = (ledger.latest('instance_created')?.entry.t ?? 0) + retentionDays * day * hour
  const [row] = await file.all<{ days: number }>(
    `SELECT count(DISTINCT (body ->> 't') / ${day * hour}) AS days FROM audit_ledger WHERE idx > ? AND json_valid(body) AND body ->> 't' >= ?`,
    ...[last?.idx ?? -1, last ? 0 : first],
  )
  return Math.max(1, row?.days ?? 0)
}

/**
 * Chooses what is older than the retention. Refuses while the clock is doubtful, and far more than the days since the
 * last time can explain (twice the busiest day for each): then a clock or a setting is wrong, or the box was off for
 * long, and somebody has to say that it is meant. They confirm a number of records: exactly what was due when the
 * refusal was written goes, or nothing.
 */
export async function planPruning(
  file: File,
  ledger: Ledger,
  now: number,
  rule: { readonly retentionDays: number; readonly confirmed: number | null },
): Promise<Pruning> {
  if (doubtIn(ledger) !== 'none') return { due: [], refused: 'clock' }
  const hours = hourOf(now)
  const before = hours - rule.retentionDays * day
  const due = await listDue(file, before, hours, mostAtOnce)
  if (due.length === 0) return { due, refused: null }
  const whole = await amounts(file, before, hours)
  const usual = 2 * whole.busiest * (await daysWaited(file, ledger, rule.retentionDays))
  if (whole.due <= usual) return { due, refused: null }
  const refused = ledger.latest('prune_refused')
  if (rule.confirmed !== null) {
    const then = Math.min(hours, hourOf(refused?.entry.t ?? now)) - rule.retentionDays * day
    const meant = await amounts(file, then, hours)
    if (meant.due === rule.confirmed) return { due: await listDue(file, then, hours, mostAtOnce), refused: null }
  }
  // Once something went after it, nobody can see the last refusal any more.
  const seen = refused && refused.idx > (ledger.latest('segment_pruned')?.idx ?? -1)
  if (rule.confirmed !== null || !seen || now - refused.entry.t > (day / 2) * hour)
    await ledger.commit(now, add => add('prune_refused', { due: whole.due, usual }))
  return { due: [], refused: 'too-much' }
}

/**
 * Deletes the records of a segment and its key; what stands in the ledger about it stays. Since the plan was made, the
 * clock may have become doubtful, a case may need it, or another run may have been here: then nothing is done.
 */
export async function pruneSegment(file: File, ledger: Ledger, { id, n, head }: Due, now: number): Promise<void> {
  if (doubtIn(ledger) !== 'none') return
  await ledger.commit(now, async add => {
    const [closed] = await file.all(
      `UPDATE audit_segment SET state = 'pruned', enc = NULL, sealed = NULL
       WHERE id = ? AND state IN ('closed', 'recovered')
         AND NOT EXISTS (SELECT 1 FROM audit_hold WHERE until > ? AND hour BETWEEN hour_from AND hour_to) RETURNING id`,
      ...[id, hourOf(now)],
    )
    if (!closed) return
    await file.run('DELETE FROM audit_rec WHERE seg = ?', id)
    await add('segment_pruned', { seg: id, n, head: head.toString('hex') })
  })
}

/** A period of which nothing is left loses its shares: its key cannot be put together any more, by nobody. */
export async function shredPeriods(file: File, ledger: Ledger, now: number): Promise<void> {
  const over = await file.all<{ id: number }>(
    `SELECT id FROM audit_period AS p WHERE shredded_idx IS NULL AND id < (SELECT max(period_id) FROM audit_segment)
       AND NOT EXISTS (SELECT 1 FROM audit_segment WHERE period_id = p.id AND state <> 'pruned')`,
  )
  for (const { id } of over) {
    await ledger.commit(now, async add => {
      const shredded = await add('period_shredded', { period: id })
      await file.run('DELETE FROM audit_share WHERE period_id = ?', id)
      await file.run('UPDATE audit_period SET shredded_idx = ? WHERE id = ?', shredded, id)
    })
  }
}

/**
 * Empties the write-ahead log, in which copies of what was deleted stand. Whether that worked: not while somebody reads,
 * and nobody who writes is kept waiting for them.
 */
export async function emptyWriteAhead(file: File): Promise<boolean> {
  await file.run('PRAGMA busy_timeout = 0')
  try {
    const [row] = await file.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
    return row?.busy === 0
  } finally {
    await file.run(`PRAGMA busy_timeout = ${pragmas.busy_timeout}`)
  }
}
