import { addDays, instant } from '../clock.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Change, SystemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Tables } from '../storage/tables.ts'

export type Disclosure = Tables['disclosures']

/** What the viewer has asked for, the newest first. */
export async function listOwnDisclosures(viewer: Viewer): Promise<Disclosure[]> {
  return visibleTo(viewer, 'disclosures').where({ account_id: viewer.id }).orderBy('asked_at', 'desc').limit(10)
}

/** Who waits for an answer, the longest first: to auditors. */
export async function listWaiting(viewer: Viewer): Promise<Disclosure[]> {
  return visibleTo(viewer, 'disclosures').whereNull('taken_at').orderBy('asked_at').limit(50)
}

/** Asks for what is recorded about the viewer; whoever has asked already is not asked twice. */
export async function askForDisclosure(change: Change): Promise<void> {
  const open = await visibleTo(change, 'disclosures').where({ account_id: change.id }).whereNull('taken_at')
  if (open.length > 0) return
  await change.write('disclosures').insert({ id: newId(), account_id: change.id, asked_at: change.at, taken_at: null })
}

/** Auditors see to it from now on; false where somebody else already does. */
export async function takeDisclosure(change: Change, id: string): Promise<boolean> {
  return (await change.write('disclosures').where({ id }).whereNull('taken_at').update({ taken_at: change.at })) === 1
}

const keptDays = 365

/** Forgets who asked a year ago. */
export function sweepDisclosures(change: SystemChange): Promise<number> {
  const before = instant(Date.parse(`${addDays(change.today, -keptDays)}T00:00:00Z`))
  return change.write('disclosures').where('taken_at', '<', before).delete()
}
