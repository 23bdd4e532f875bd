import type { File } from '../file.ts'
import type { StoredRecord } from '../sealing/segment.ts'

/** All in one short statement: to prepare one with a place for every value takes longer than to run it. */
export function insertRecords(file: File, seg: number, rows: readonly StoredRecord[]): Promise<void> {
  let place = 1
  const tags = rows.map(({ i, ab, ob, ct }) => {
    const tag = [i, ab, ob, place, ct.length]
    place += ct.length
    return tag
  })
  return file.run(
    `INSERT INTO audit_rec (seg, i, ab, ob, ct)
     SELECT ?, value ->> 0, value ->> 1, value ->> 2, substr(cts, value ->> 3, value ->> 4)
     FROM (SELECT ? AS cts), json_each(?)`,
    ...[seg, Buffer.concat(rows.map(row => row.ct)), JSON.stringify(tags)],
  )
}
