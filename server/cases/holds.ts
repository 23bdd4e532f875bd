import { endOf, type Reading } from '../audit/lines.ts'

const hour = 3_600_000

/** What a case keeps from being deleted: its hours, from the first to the end of the last, in milliseconds since 1970. */
export interface Kept {
  readonly no: string
  readonly from: number
  readonly to: number
  readonly until: number
}

export async function listHolds({ reading }: Reading): Promise<Kept[]> {
  const rows = await reading.all<Kept>(
    `SELECT c.no, h.hour_from AS "from", h.hour_to AS "to", h.until FROM audit_hold AS h
     JOIN audit_case AS c ON c.id = h.case_id ORDER BY h.case_id, h.hour_from`,
  )
  return rows.map(row => ({ ...row, from: row.from * hour, to: endOf(row.to), until: row.until * hour }))
}
