import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { RecordBody } from '../entry.ts'
import { openForReading } from '../file.ts'
import type { KeyPair } from '../sealing/hpke.ts'
import { readSegment, type Verdict } from './reading.ts'
import type { ScannedRecord, Search } from './search.ts'

export interface Task extends Omit<Search, 'signal' | 'most' | 'periods'> {
  readonly periods: readonly { readonly id: number; readonly publicKey: Uint8Array }[]
  /** Their private keys one after the other, in memory that is shared: whoever started the threads overwrites it. */
  readonly keys: Uint8Array
  readonly instance: Uint8Array
  readonly ids: readonly number[]
  /** Whose turn it is: the place in `ids` that no thread has taken yet; and 1 as soon as all are to stop. */
  readonly turn: SharedArrayBuffer
}

/** A part of what was found in a segment; the last one brings the verdict. */
export interface Found {
  readonly seg: number
  readonly scanned: number
  readonly opened: number
  readonly records: readonly ScannedRecord[]
  readonly verdict: Verdict | null
}

class Stopped extends Error {}

const port = parentPort
if (!port) throw new Error('This runs as a worker only')
const { path, periods, subjects, keep, ids, turn, ...task } = workerData as Task
/** So many records go to the main thread at once; it must not be kept busy by them. */
const mostAtOnce = 500

// Bytes arrive as plain arrays.
const bytes = (of: Uint8Array) => Buffer.from(of.buffer, of.byteOffset, of.length)
const instance = bytes(task.instance)
const keyLength = task.keys.length / periods.length
const keys = new Map<number, KeyPair>(
  periods.map(({ id, publicKey }, at) => {
    const privateKey = Buffer.from(task.keys.buffer, keyLength * at, keyLength)
    return [id, { publicKey: bytes(publicKey), privateKey }]
  }),
)

/** As they stand in the text of a record: most texts that were opened name nobody asked for, and need not be parsed. */
const names = subjects.map(id => JSON.stringify(id))

function isWanted({ a, o, k, t }: RecordBody): boolean {
  const concerned = subjects.some(id => a === id || o.some(one => one[1] === id))
  return concerned && t >= keep.from && t < keep.to && (!keep.kinds || keep.kinds.includes(k))
}

const turns = new Int32Array(turn)

async function scanSegment(file: Awaited<ReturnType<typeof openForReading>>, seg: number): Promise<void> {
  let [scanned, opened] = [0, 0]
  let records: ScannedRecord[] = []
  const tell = (verdict: Verdict | null) => {
    port?.postMessage({ seg, scanned, opened, records, verdict } satisfies Found)
    scanned = 0
    opened = 0
    records = []
  }
  const verdict = await readSegment(file, instance, keys, seg, {
    mask: reading => reading.mask(subjects),
    take(i, text) {
      if (Atomics.load(turns, 1) === 1) throw new Stopped()
      scanned += 1
      if (text === null) return
      opened += 1
      if (!names.some(name => text.includes(name))) return
      const body = JSON.parse(text) as RecordBody
      if (isWanted(body)) records.push({ seg, i, body })
      if (records.length >= mostAtOnce) tell(null)
    },
  })
  tell(verdict)
}

// On Linux this is the priority of this thread alone: pages go before look-ups.
setPriority(10)
const file = await openForReading(path)
try {
  const next = () => (Atomics.load(turns, 1) === 1 ? ids.length : Atomics.add(turns, 0, 1))
  for (let at = next(); at < ids.length; at = next()) await scanSegment(file, ids[at] as number)
} catch (problem) {
  if (!(problem instanceof Stopped)) throw problem
} finally {
  await file.close()
}
