import type { EntryKind } from './formats/entries.ts'
import { type Line, listLines, type Reading, type Words } from './lines.ts'

/** Several lines that say the same thing, or one; the newest first. */
export interface Piece {
  readonly lines: readonly Line[]
  readonly words: Words
}

/** A day and what happened on it, the newest first. */
export interface Day {
  readonly day: string
  readonly pieces: readonly Piece[]
}

/** What fits on a page: lines of the ledger, and what is left of them when every hour's are put together. */
const mostLines = 300
const mostPieces = 50

/**
 * The days before line `before`, as many as fit; only a day that is longer than a page is cut. `next`: the line
 * before which the older ones lie, or null where there are none.
 */
export async function listDays(
  audit: Reading,
  before: number,
  dayOf: (ms: number) => string,
): Promise<{ days: Day[]; next: number | null }> {
  const lines = await listLines(audit, before, mostLines)
  const found = byDay(lines, dayOf)
  const last = lines.at(-1)?.idx ?? 0
  // The last day may go on among the lines that were not read.
  const days = fitting(last === 0 || found.length < 2 ? found : found.slice(0, -1))
  const next = Math.min(...days.flatMap(day => day.pieces.flatMap(indexes)))
  return { days, next: next > 0 && days.length > 0 ? next : null }
}

/** The first of these days, and as many more as a page has room for. */
function fitting(days: readonly Day[]): Day[] {
  const shown: Day[] = []
  let pieces = 0
  for (const day of days) {
    pieces += day.pieces.length
    if (pieces > mostPieces && shown.length > 0) break
    shown.push(day)
  }
  return shown
}

const indexes = ({ lines }: Piece): number[] => lines.map(line => line.idx)

/** What happens every hour becomes one sentence for the whole day. */
const routine: Partial<Record<EntryKind, 'recorded' | 'deleted'>> = {
  segment_closed: 'recorded',
  heartbeat: 'recorded',
  segment_pruned: 'deleted',
}

interface OpenDay {
  readonly day: string
  readonly pieces: Line[][]
  readonly folds: Map<string, Line[]>
}

/** Puts lines together by day. Where the clock was set back a day may come twice. */
export function byDay(lines: readonly Line[], dayOf: (ms: number) => string): Day[] {
  const days: OpenDay[] = []
  const newest = lines.find(line => line.kind !== null)?.at ?? 0
  for (const line of lines) {
    const last = days.at(-1)
    // What nobody can read has no time, and stays where it was found.
    const day = line.kind === null && last ? last.day : dayOf(line.kind === null ? newest : line.at)
    const open = last?.day === day ? last : { day, pieces: [], folds: new Map<string, Line[]>() }
    if (open !== last) days.push(open)
    put(line, open)
  }
  return days.map(({ day, pieces }) => ({ day, pieces: pieces.map(lines => ({ lines, words: tell(lines) })) }))
}

function put(line: Line, { pieces, folds }: OpenDay): void {
  const fold = line.kind === null ? undefined : routine[line.kind]
  const begun = fold === undefined ? undefined : folds.get(fold)
  if (begun) {
    begun.push(line)
    return
  }
  const piece = [line]
  pieces.push(piece)
  if (fold !== undefined) folds.set(fold, piece)
}

function tell(lines: readonly Line[]): Words {
  const [only] = lines
  if (only && lines.length === 1) return only.words
  const segments = lines.filter(line => line.kind !== 'heartbeat')
  const records = segments.reduce((sum, line) => sum + Number(line.words.values.n), 0)
  const deleted = only?.kind === 'segment_pruned'
  const how = deleted ? 'deleted' : segments.length > 0 ? 'recorded' : 'alive'
  return { key: `audit.line.${how}`, values: { records, segments: segments.length }, moments: {} }
}
