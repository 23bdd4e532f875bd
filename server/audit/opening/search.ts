import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { RecordBody } from '../entry.ts'
import { openForReading } from '../file.ts'
import { zero } from '../sealing/auditor-key.ts'
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
  readonly subjects: readonly string[]
  /** Milliseconds since 1970, `to` not included. */
  readonly keep: { readonly from: number; readonly to: number; readonly kinds?: readonly string[] }
  /** Ends it early. */
  readonly signal?: AbortSignal
  /** So many records are kept, the first ones; 50,000 where nothing else is said. */
  readonly most?: number
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
  /** There were more than can be kept; the first ones are. */
  readonly cut: boolean
  /** In the order in which they were written. */
  readonly records: readonly ScannedRecord[]
  readonly counts: Counts
  /** Every segment of those hours, with what it was found to be. */
  readonly segments: readonly ScannedSegment[]
}

const threads = 2
const mostKept = 50_000
const keyLength = 32

/** Somebody has ended the look-up. */
export class SearchStopped extends Error {}

/**
 * Looks through the log in threads of its own, which take the segments in turn. A segment that is not what was
 * sealed gets its verdict and the others are read nevertheless.
 */
export async function search(asked: Search, onProgress?: (done: number, of: number) => void): Promise<Scanned> {
  const { signal, most = mostKept, ...question } = asked
  const { instance, ids } = await segmentsOf(asked)
  if (signal?.aborted) throw new SearchStopped()
  const { periods, ...rest } = question
  // One copy for all threads, which is overwritten when they have ended: what is handed over otherwise leaves another.
  const keys = new Uint8Array(new SharedArrayBuffer(keyLength * periods.length))
  for (const [at, { privateKey }] of periods.entries()) keys.set(privateKey, keyLength * at)
  // Buffers of their own: of a small one Node hands over all that lies beside it in its pool, secrets included.
  const known = periods.map(({ id, publicKey }) => ({ id, publicKey: Uint8Array.from(publicKey) }))
  const task: Task = {
    ...rest,
    periods: known,
    keys,
    instance: Uint8Array.from(instance),
    ids,
    turn: new SharedArrayBuffer(8),
  }
  const kept = new Kept(most)
  const verdicts = new Map<number, Verdict>()
  const counts = { scanned: 0, opened: 0, kept: 0 }
  const take = (found: Found) => {
    const { seg } = found
    kept.add(seg, found.records)
    counts.scanned += found.scanned
    counts.opened += found.opened
    if (!found.verdict) return
    verdicts.set(seg, found.verdict)
    onProgress?.(verdicts.size, ids.length)
  }
  const stop = () => void Atomics.store(new Int32Array(task.turn), 1, 1)
  signal?.addEventListener('abort', stop)
  const workers = Array.from({ length: Math.min(threads, ids.length) }, () => startThread(task, take))
  // Never terminated: SQLite at work in a thread that ends takes the whole process with it.
  const results = await Promise.allSettled(workers.map(worker => ended(worker, stop)))
  zero(keys)
  signal?.removeEventListener('abort', stop)
  if (signal?.aborted) throw new SearchStopped()
  for (const result of results) if (result.status === 'rejected') throw result.reason
  const { records, cut } = kept.inOrder()
  return {
    ...{ records, cut },
    counts: { ...counts, kept: records.length },
    segments: ids.map(id => ({ id, verdict: verdicts.get(id) ?? 'gap' })),
  }
}

/** The first records of a look-up, in order. Threads bring them segment by segment, in no order: the last ones make room. */
class Kept {
  readonly #most: number
  readonly #records = new Map<number, readonly ScannedRecord[]>()
  #count = 0
  #dropped = false

  constructor(most: number) {
    this.#most = most
  }

  add(seg: number, records: readonly ScannedRecord[]): void {
    if (records.length === 0) return
    this.#records.set(seg, [...(this.#records.get(seg) ?? []), ...records])
    this.#count += records.length
    while (this.#count > this.#most) {
      const last = Math.max(...this.#records.keys())
      const rest = this.#count - (this.#records.get(last)?.length ?? 0)
      if (rest < this.#most) break
      this.#records.delete(last)
      this.#count = rest
      this.#dropped = true
    }
  }

  inOrder(): { records: ScannedRecord[]; cut: boolean } {
    const segments = [...this.#records].sort(([a], [b]) => a - b)
    const records = segments.flatMap(([, records]) => records)
    return { records: records.slice(0, this.#most), cut: this.#dropped || records.length > this.#most }
  }
}

function startThread(task: Task, take: (found: Found) => void): Worker {
  // What a test runner loads into its own process is not for this thread.
  const worker = new Worker(new URL('./search-worker.ts', import.meta.url), { workerData: task, execArgv: [] })
  worker.on('message', take)
  return worker
}

/** Rejects with what the thread failed on, and has the others stop. */
async function ended(worker: Worker, stop: () => void): Promise<void> {
  try {
    const [code] = await once(worker, 'exit')
    if (code !== 0) throw new Error('A thread of the look-up has ended early')
  } catch (problem) {
    stop()
    throw problem
  }
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
