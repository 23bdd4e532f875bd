import { Frontier, leafHash, leftOf } from './formats/merkle.ts'
import type { AuditLog } from './log.ts'

/** Shows to whoever kept an earlier note: the ledger of today begins with the ledger of then (RFC 6962, 2.1.2). */
export interface Consistency {
  /** The present note, as signed. */
  readonly note: string
  /** In hex; null where the ledger is smaller than the one of then. */
  readonly proof: readonly string[] | null
}

type Log = Pick<AuditLog, 'reading' | 'standing'>
type Range = readonly [start: number, end: number]

const linesAtOnce = 2000

/** From the ledger as it lies on the disk now, not from what is remembered of it. */
export async function proveConsistency({ reading, standing }: Log, from: number): Promise<Consistency> {
  const { note, size } = standing
  if (from > size) return { note, proof: null }
  const ranges = from === 0 || from === size ? [] : rangesOf(from, 0, size, true)
  return { note, proof: await rootsOf(reading, ranges) }
}

/** The parts of the tree whose roots make up the proof, in its order. `known`: whoever asks has the root of this part. */
function rangesOf(from: number, start: number, end: number, known: boolean): Range[] {
  const size = end - start
  if (from === size) return known ? [] : [[start, end]]
  const left = leftOf(size)
  const middle = start + left
  return from <= left
    ? [...rangesOf(from, start, middle, known), [middle, end]]
    : [...rangesOf(from - left, middle, end, false), [start, middle]]
}

async function rootsOf(reading: Log['reading'], ranges: readonly Range[]): Promise<string[]> {
  const roots: string[] = []
  for (const [start, end] of ranges) {
    const frontier = Frontier.of([])
    while (frontier.size < end - start) {
      const rows = await reading.all<{ body: string }>(
        'SELECT body FROM audit_ledger WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?',
        ...[start + frontier.size, end, linesAtOnce],
      )
      // Lines are missing: the proof cannot come out right, and whoever checks it sees that.
      if (rows.length === 0) break
      for (const { body } of rows) frontier.add(leafHash(body))
    }
    roots.push(frontier.root().toString('hex'))
  }
  return roots
}
