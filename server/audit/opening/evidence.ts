import { setImmediate } from 'node:timers/promises'
import type { File } from '../file.ts'
import { type Entry, parseEntry } from '../formats/entries.ts'
import { hour, hourOf, sha256 } from '../formats/layout.ts'
import { leafHash } from '../formats/merkle.ts'
import { parseCheckpoint, parseNote } from '../formats/note.ts'
import type { ClockDoubt, Report } from './report.ts'

/** What the ledger adds to a report: whether it is whole, where nothing was recorded, when the clock was in doubt. */
export interface Evidence {
  readonly proofs: Report['proofs']
  /** Hours of segments, as their lines tell them; of those that have none, as the file does. */
  readonly hours: ReadonlyMap<number, number>
  /** When the log was begun, where that is within this time; null where it was there before. */
  readonly began: number | null
  readonly silent: Report['gaps']['hours']
  readonly doubts: readonly ClockDoubt[]
}

interface Line {
  readonly idx: number
  readonly body: string
  readonly entry: Entry | null
}

const closings: readonly (string | undefined)[] = ['segment_closed', 'segment_recovered']

/** Reads the ledger for these segments and the time between two moments, `to` not included. */
export async function findEvidence(
  file: File,
  segments: readonly number[],
  from: number,
  to: number,
): Promise<Evidence> {
  const { lines, note } = await readLedger(file)
  const wanted = new Set(segments)
  const closing = lines.filter(({ entry }) => closings.includes(entry?.k) && wanted.has(Number(entry?.seg)))
  const said = sizeOf(note)
  const tree = new Tree(await inSteps(lines, line => leafHash(line.body)))
  const whole = said !== null && said.size === lines.length && tree.root().equals(said.root)
  const first = lines[0]?.entry?.t ?? from
  const began = first > from ? first : null
  return {
    proofs: {
      note,
      whole,
      segments: await inSteps(closing, ({ idx, body, entry }) => ({
        ...{ id: Number(entry?.seg), idx, body },
        proof: tree.proof(idx).map(step => step.toString('base64')),
      })),
    },
    hours: new Map([
      ...(await file.all<{ id: number; hour: number }>('SELECT id, hour FROM audit_segment')).map(
        ({ id, hour }) => [id, hour] as const,
      ),
      ...closing.map(({ entry }) => [Number(entry?.seg), Number(entry?.hour)] as const),
    ]),
    began,
    silent: silentHours(
      lines.flatMap(({ entry }) => (entry ? [hourOf(entry.t)] : [])),
      began ?? from,
      to,
    ),
    doubts: doubtsIn(lines, from, to),
  }
}

/** Up to the last checkpoint: what has been added since has one of its own. */
async function readLedger(file: File): Promise<{ lines: Line[]; note: string }> {
  const [last] = await file.all<{ note: string }>('SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1')
  const note = last?.note ?? ''
  const rows = await file.all<{ idx: number; body: string }>(
    'SELECT idx, body FROM audit_ledger WHERE idx < ? ORDER BY idx',
    sizeOf(note)?.size ?? Number.MAX_SAFE_INTEGER,
  )
  return { lines: await inSteps(rows, row => ({ ...row, entry: parseEntry(row.body) })), note }
}

/** A year's ledger takes a quarter of a second: pages are served in between. */
async function inSteps<T, R>(from: readonly T[], make: (one: T) => R): Promise<R[]> {
  const made: R[] = []
  for (const [at, one] of from.entries()) {
    if (at % 200 === 199) await setImmediate()
    made.push(make(one))
  }
  return made
}

const sizeOf = (note: string) => parseCheckpoint(parseNote(note)?.text ?? '')

/** A tree of RFC 6962 that remembers its parts: thousands of proofs from it cost no more than a few. */
export class Tree {
  readonly #leaves: readonly Buffer[]
  readonly #parts = new Map<string, Buffer>()

  constructor(leaves: readonly Buffer[]) {
    this.#leaves = leaves
  }

  root(): Buffer {
    return this.#leaves.length === 0 ? sha256('') : this.#part(0, this.#leaves.length)
  }

  /** The hashes that lead from a leaf to the root. */
  proof(index: number): Buffer[] {
    const steps: Buffer[] = []
    let [from, count] = [0, this.#leaves.length]
    while (count > 1) {
      const left = leftOf(count)
      const isLeft = index < from + left
      steps.unshift(isLeft ? this.#part(from + left, count - left) : this.#part(from, left))
      if (!isLeft) from += left
      count = isLeft ? left : count - left
    }
    return steps
  }

  #part(from: number, count: number): Buffer {
    const [leaf] = this.#leaves.slice(from, from + 1)
    if (count === 1 && leaf) return leaf
    const name = `${from} ${count}`
    const left = leftOf(count)
    const part = this.#parts.get(name) ?? sha256('\x01', this.#part(from, left), this.#part(from + left, count - left))
    this.#parts.set(name, part)
    return part
  }
}

/** The largest power of two below `count`. */
function leftOf(count: number): number {
  let left = 1
  while (left * 2 < count) left *= 2
  return left
}

/** The hours between two moments without a line of the ledger, which has one each hour while the portal runs. */
function silentHours(alive: readonly number[], from: number, to: number): [number, number][] {
  const [first, last] = [hourOf(from), Math.min(hourOf(to - 1), Math.max(...alive, -1))]
  const inside = [...new Set(alive)].filter(one => one >= first && one <= last).sort((a, b) => a - b)
  const silent: [number, number][] = []
  let next = first
  for (const one of [...inside, last + 1]) {
    if (one > next) silent.push([next, one - 1])
    next = one + 1
  }
  return silent
}

/** The steps and the doubts of the clock that touch the time between two moments. */
function doubtsIn(lines: readonly Line[], from: number, to: number): ClockDoubt[] {
  const entries = lines.flatMap(({ entry }) => (entry ? [entry] : []))
  return entries.flatMap((entry, at) => {
    if (entry.k !== 'clock_step') return []
    const [before, after] = [Number(entry.before), Number(entry.after)]
    const begin = Math.min(before, after)
    const confirmed = entries.slice(at).find(({ k }) => k === 'clock_confirmed')
    const doubtful = entry.doubt !== 'none' || after - before > 36 * hour
    const until = doubtful ? (confirmed?.t ?? null) : Math.max(before, after)
    const touches = begin < to && (until === null || until >= from)
    const why = entry.doubt === 'none' ? 'stepped' : (entry.doubt as 'behind' | 'ahead')
    return touches ? [{ why, before, after, from: begin, until }] : []
  })
}
