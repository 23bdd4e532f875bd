import { type File, store } from '../file.ts'
import { suite } from '../sealing/hpke.ts'
import type { SealedSegment, StoredRecord } from '../sealing/segment.ts'

/** All in one short statement: to prepare one with a place for every value takes longer than to run it. */
export function insertRecords(file: File, seg: number, rows: readonly StoredRecord[]): Promise<void> {
  let place = 1
  const tags = rows.map(({ i, ab, ob, ct }) => {
    const tag = [i, ab, ob, place, ct.length]
    place += ct.length
    return tag
  })
  return store(
    file,
    rows.length,
    `INSERT INTO audit_rec (seg, i, ab, ob, ct)
     SELECT ?, value ->> 0, value ->> 1, value ->> 2, substr(cts, value ->> 3, value ->> 4)
     FROM (SELECT ? AS cts), json_each(?)`,
    ...[seg, Buffer.concat(rows.map(row => row.ct)), JSON.stringify(tags)],
  )
}

export const insertSegment = (file: File, { id, period, hour, enc, sealed }: SealedSegment, head: Buffer) =>
  store(
    file,
    1,
    `INSERT INTO audit_segment (id, period_id, hour, suite, enc, sealed, n, head, state)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?, 'open')`,
    ...[id, period, hour, suite, enc, sealed, head],
  )

export const growSegment = (file: File, id: number, n: number, head: Buffer) =>
  store(file, 1, 'UPDATE audit_segment SET n = ?, head = ? WHERE id = ?', n, head, id)

/** `closed` is the place of the ledger's line that says so. */
export const endSegment = (file: File, id: number, closed: number) =>
  store(file, 1, "UPDATE audit_segment SET state = 'closed', closed_idx = ? WHERE id = ?", closed, id)
