import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { RecordBody } from '../entry.ts'
import { openForReading } from '../file.ts'
import type { KeyPair } from '../sealing/hpke.ts'
import { instanceOf, type Verdict } from './reading.ts'
import type { Found, Task } from './search-worker.ts'

/** What a look-up asks for. */
export interface Search {
  /** Where `audit.db` lies. */
  readonly path: string
  /** The keys of the periods that two auditors have opened. */
  readonly periods: readonly (KeyPair & { readonly id: number })[]
  /** First and last hour since 1970, as they stand in clear at the segments. */
  readonly hours: readonly [number, number]
  /** Whoever acted or is concerned. Of everybody else most records stay closed. */
  readonly subjects: readonly string[] | 'everybody'
  /** Milliseconds since 1970, `to` not included. */
  readonly keep: { readonly from: number; readonly to: number; readonly kinds?: readonly string[] }
}

export interface ScannedRecord {
  readonly seg: number
  readonly i: number
  readonly body: RecordBody
}
export interface ScannedSegment {
  readonly id: number
  readonly verdict: Verdict
}
/** How many records were passed, how many of them were decrypted, and how many are what was asked for. */
export interface Counts {
  readonly scanned: number
  readonly opened: number
  readonly kept: number
}
export interface Scanned {
  /** In the order in which they were written. */
  readonly records: readonly ScannedRecord[]
  readonly counts: Counts
  /** Every segment of those hours, with what it was found to be. */
  readonly segments: readonly ScannedSegment[]
}

const threads = 2

/**
 * Looks through the log in threads of its own, which take the segments in turn. A segment that is not what was
 * sealed gets its verdict and the others are read nevertheless.
 */
export async function search(asked: Search, onProgress?: (done: number, of: number) => void): Promise<Scanned> {
  const { instance, ids } = await segmentsOf(asked)
  const task: Task = { ...asked, instance, ids, turn: new SharedArrayBuffer(4) }
  const records = new Map<number, ScannedRecord[]>()
  const verdicts = new Map<number, Verdict>()
  const counts = { scanned: 0, opened: 0, kept: 0 }
  const take = (found: Found) => {
    const { seg } = found
    if (found.records.length > 0) records.set(seg, [...(records.get(seg) ?? []), ...found.records])
    counts.scanned += found.scanned
    counts.opened += found.opened
    counts.kept += found.records.length
    if (!found.verdict) return
    verdicts.set(seg, found.verdict)
    onProgress?.(verdicts.size, ids.length)
  }
  const workers = Array.from({ length: Math.min(threads, ids.length) }, () => startThread(task, take))
  try {
    await Promise.all(workers.map(ended))
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
  return {
    records: ids.flatMap(id => records.get(id) ?? []),
    counts,
    segments: ids.map(id => ({ id, verdict: verdicts.get(id) ?? 'gap' })),
  }
}

function startThread(task: Task, take: (found: Found) => void): Worker {
  // What a test runner loads into its own process is not for this thread.
  const worker = new Worker(new URL('./search-worker.ts', import.meta.url), { workerData: task, execArgv: [] })
  worker.on('message', take)
  return worker
}

/** Rejects with what the thread failed on. */
async function ended(worker: Worker): Promise<void> {
  const [code] = await once(worker, 'exit')
  if (code !== 0) throw new Error('A thread of the look-up has ended early')
}

/**
 * The segments of those hours and one more at each end: a record made at the end of an hour may lie in the next.
 * Those that only the ledger still knows are among them, so that nothing is missed without a word.
 */
async function segmentsOf({ path, hours }: Search): Promise<{ instance: Buffer; ids: number[] }> {
  const file = await openForReading(path)
  try {
    const window = [hours[0] - 1, hours[1] + 1]
    const rows = await file.all<{ id: number }>(
      `SELECT id FROM audit_segment WHERE hour BETWEEN ? AND ? UNION
       SELECT seg FROM (
         SELECT CASE WHEN body ->> 'k' IN ('segment_closed', 'segment_recovered') THEN body ->> 'seg' END AS seg,
                body ->> 'hour' AS hour FROM audit_ledger WHERE json_valid(body)
       ) WHERE typeof(seg) = 'integer' AND hour BETWEEN ? AND ? ORDER BY 1`,
      ...[...window, ...window],
    )
    return { instance: await instanceOf(file), ids: rows.map(row => row.id) }
  } finally {
    await file.close()
  }
}
