import type { File } from './file.ts'
import { parseEntry } from './formats/entries.ts'

/** From so many auditors at once on they appoint the next ones themselves: for ever, whoever goes. */
export const enoughToGoOn = 3

/** How somebody stands as an auditor, as the ledger alone tells of it. */
interface Standing {
  readonly enrolledAt: number
  /** They became one before there were enough for the first time. */
  readonly founder: boolean
  /** What they may do rests until two have decided. */
  readonly suspended: boolean
}

export interface Standings {
  /** Everybody whose shares are in the file, suspended or not. */
  readonly active: ReadonlyMap<number, Standing>
  /** Whether there were ever enough at the same time. */
  readonly founded: boolean
}

/** Who is an auditor, and since when. No table says it: a row can be changed, a line of the ledger cannot. */
export async function readStandings(file: File): Promise<Standings> {
  const rows = await file.all<{ body: string }>(
    `SELECT body FROM audit_ledger WHERE instr(body, '"k":"auditor_') > 0 ORDER BY idx`,
  )
  const active = new Map<number, Standing>()
  let founded = false
  for (const { body } of rows) {
    const line = parseEntry(body)
    const id = Number(line?.auditor)
    const known = active.get(id)
    if (line?.k === 'auditor_enrolled') active.set(id, { enrolledAt: line.t, founder: !founded, suspended: false })
    else if (line?.k === 'auditor_revoked') active.delete(id)
    else if (known && line?.k === 'auditor_suspended') active.set(id, { ...known, suspended: true })
    else if (known && line?.k === 'auditor_reinstated') active.set(id, { ...known, suspended: false })
    founded ||= active.size >= enoughToGoOn
  }
  return { active, founded }
}
