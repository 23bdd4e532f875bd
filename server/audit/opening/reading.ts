import type { File } from '../file.ts'
import { parseEntry } from '../formats/entries.ts'
import { CannotOpen, type KeyPair } from '../sealing/hpke.ts'
import { type SealedSegment, SegmentReading, type StoredRecord } from '../sealing/segment.ts'

/**
 * What a look-up found a segment to be.
 * - `intact`: all its records, up to the head that the ledger names
 * - `open`: still being written; whole as far as it goes
 * - `changed`: not what was sealed; what was read before the change is genuine, nothing after it can be opened
 * - `gap`: records, or the whole segment, are missing or too many
 * - `locked`: nobody gave the key of its period
 * - `pruned`: deleted when its time was over
 */
export type Verdict = 'intact' | 'open' | 'changed' | 'gap' | 'locked' | 'pruned'

export type PeriodKeys = ReadonlyMap<number, KeyPair>

interface SegmentRow extends SealedSegment {
  readonly state: 'open' | 'closed' | 'recovered' | 'pruned'
  readonly n: number
  readonly head: Buffer
  readonly closing: string | null
}

const rowsAtOnce = 2000

/** Which buckets are of interest in a segment, and who gets its records: `null` for one that stays closed. */
export interface Reader {
  mask(reading: SegmentReading): number
  take(i: number, text: string | null): void
}

/** Reads a segment from its first record to the last. The connection is used by nobody else meanwhile. */
export async function readSegment(
  file: File,
  instance: Buffer,
  keys: PeriodKeys,
  id: number,
  reader: Reader,
): Promise<Verdict> {
  // One view of the file, so that the row and the records of an open segment agree.
  await file.run('BEGIN')
  try {
    const [row] = await file.all<SegmentRow>(
      `SELECT id, period_id AS period, hour, enc, sealed, n, head, state, body AS closing
       FROM audit_segment LEFT JOIN audit_ledger ON idx = closed_idx WHERE id = ?`,
      id,
    )
    if (!row) return 'gap'
    if (row.state === 'pruned') return 'pruned'
    const key = keys.get(row.period)
    if (!key) return 'locked'
    return await readRow(file, instance, key, row, reader)
  } finally {
    await file.run('COMMIT')
  }
}

async function readRow(file: File, instance: Buffer, key: KeyPair, row: SegmentRow, reader: Reader): Promise<Verdict> {
  let reading: SegmentReading
  try {
    reading = await SegmentReading.start(instance, key, row)
  } catch (error) {
    if (error instanceof CannotOpen) return 'changed'
    throw error
  }
  try {
    const broken = await readAll(file, reading, row.id, reader)
    return broken ?? judge(row, reading)
  } finally {
    reading.wipe()
  }
}

async function readAll(file: File, reading: SegmentReading, id: number, reader: Reader): Promise<Verdict | null> {
  const mask = reader.mask(reading)
  for (;;) {
    const records = await fetchRecords(file, id, reading.n)
    for (const record of records) {
      if (record.i !== reading.n) return 'gap'
      const text = textOf(reading, record, mask)
      if (text === changed) return 'changed'
      reader.take(record.i, text)
    }
    if (records.length < rowsAtOnce) return null
  }
}

/** Many records as one row: to hand over each alone costs several times more than all the rest of a look-up. */
async function fetchRecords(file: File, seg: number, from: number): Promise<StoredRecord[]> {
  const [row] = await file.all<{ is: string; abs: string; obs: string; lengths: string; cts: Buffer }>(
    `SELECT json_group_array(i) AS "is", json_group_array(ab) AS abs, json_group_array(ob) AS obs,
            json_group_array(length(ct)) AS lengths, CAST(group_concat(ct, '') AS BLOB) AS cts
     FROM (SELECT i, ab, ob, ct FROM audit_rec WHERE seg = ? AND i >= ? ORDER BY i LIMIT ?)`,
    ...[seg, from, rowsAtOnce],
  )
  if (!row) return []
  const numbers = (text: string) => JSON.parse(text) as number[]
  const [abs, obs, lengths] = [numbers(row.abs), numbers(row.obs), numbers(row.lengths)]
  let end = 0
  return numbers(row.is).map((i, at) => {
    const start = end
    end += lengths[at] ?? 0
    return { i, ab: abs[at] ?? 0, ob: obs[at] ?? 0, ct: row.cts.subarray(start, end) }
  })
}

const changed = Symbol('changed')

function textOf(reading: SegmentReading, record: StoredRecord, mask: number): string | null | typeof changed {
  try {
    return reading.next(record, mask)
  } catch {
    return changed
  }
}

/** Whether the records lead to where the row, and for a finished segment the ledger, say that they end. */
function judge(row: SegmentRow, { n, head }: SegmentReading): Verdict {
  const closing = parseEntry(row.closing ?? '')
  const wanted = row.state === 'open' ? row : closing
  if (n !== row.n || n !== wanted?.n) return 'gap'
  if (!head.equals(row.head)) return 'changed'
  if (row.state === 'open') return 'open'
  const kind = row.state === 'closed' ? 'segment_closed' : 'segment_recovered'
  const named = closing?.k === kind && closing.seg === row.id && closing.period === row.period
  return named && closing.hour === row.hour && closing.head === head.toString('hex') ? 'intact' : 'changed'
}

export async function instanceOf(file: File): Promise<Buffer> {
  const [row] = await file.all<{ id: Buffer }>('SELECT id FROM audit_instance')
  if (!row) throw new Error('There is no log in this file')
  return row.id
}

/** Every record of the periods whose keys are given, in order, also those of the segment that is still being written. */
export async function readRecords(
  file: File,
  keys: PeriodKeys,
): Promise<{ readonly seg: number; readonly i: number; readonly body: string }[]> {
  const instance = await instanceOf(file)
  const records: { seg: number; i: number; body: string }[] = []
  for (const { id: seg } of await file.all<{ id: number }>('SELECT id FROM audit_segment ORDER BY id')) {
    const verdict = await readSegment(file, instance, keys, seg, {
      mask: () => 0xffff,
      take: (i, body) => void records.push({ seg, i, body: body ?? '' }),
    })
    if (verdict === 'changed' || verdict === 'gap') throw new Error(`Segment ${seg} cannot be read: ${verdict}`)
  }
  return records
}
