import { type CaseState, findCase } from '../audit/cases.ts'
import { addDays, instant } from '../clock.ts'
import type { House } from '../house.ts'
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
  await change
    .write('disclosures')
    .insert({ id: newId(), account_id: change.id, asked_at: change.at, taken_at: null, case_sealed: null })
}

/** Auditors see to it from now on, in this case; false where somebody else already does. */
export async function takeDisclosure({ secrets }: House, change: Change, id: string, caseId: number): Promise<boolean> {
  const case_sealed = secrets.seal('disclosure', id, Buffer.from(String(caseId)))
  const open = change.write('disclosures').where({ id }).whereNull('taken_at')
  return (await open.update({ taken_at: change.at, case_sealed })) === 1
}

const waitsFor: readonly (CaseState | undefined)[] = ['requested', 'approved', 'executed']

/**
 * Whoever asked waits again where the case came to nothing: it was refused, ended or forgotten. Once a case has been
 * closed nothing says any more which it was. Returns how many wait again.
 */
export async function returnDisclosures(
  { audit, secrets }: House,
  change: Pick<SystemChange, 'write'>,
): Promise<number> {
  let returned = 0
  for (const { id, account_id, asked_at, case_sealed } of await change
    .write('disclosures')
    .whereNotNull('case_sealed')) {
    const caseId = Number(secrets.open('disclosure', id, case_sealed ?? Buffer.alloc(0)).toString())
    const state = (await findCase(audit, caseId))?.state
    if (waitsFor.includes(state)) continue
    const row = change.write('disclosures').where({ id })
    if (state === 'closed') {
      await row.update({ case_sealed: null })
      continue
    }
    // Who has asked again in the meantime waits since the first time.
    const again = await change.write('disclosures').where({ account_id }).whereNull('taken_at').update({ asked_at })
    await (again > 0 ? row.delete() : row.update({ taken_at: null, case_sealed: null }))
    returned += 1
  }
  return returned
}

const keptDays = 365

/** Forgets who asked a year ago. */
export function sweepDisclosures(change: SystemChange): Promise<number> {
  const before = instant(Date.parse(`${addDays(change.today, -keptDays)}T00:00:00Z`))
  return change.write('disclosures').where('taken_at', '<', before).delete()
}
