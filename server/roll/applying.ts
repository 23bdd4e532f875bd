import { addDays } from '../clock.ts'
import { chunks } from '../people/codes.ts'
import type { Change, SystemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Custody } from '../storage/tables.ts'
import type { FieldChange, Plan, Reference } from './plan.ts'

/** For whom codes are to be made after a plan was carried out. */
export interface Entitled {
  readonly guardianships: readonly string[]
  readonly pupils: readonly string[]
}

type Writing = Change | SystemChange

const batch = 100

/** What a guardian may do before the office says otherwise: with custody everything, else nothing. */
export function rightsFor(custody: Custody): { custody: Custody; may_read: 0 | 1; may_act: 0 | 1 } {
  const right = custody === 'yes' ? 1 : 0
  return { custody, may_read: right, may_act: right }
}

/** Carries a plan out within the caller's transaction. The plan must have been made in it, from the roll as it is. */
export async function applyPlan(change: Writing, plan: Plan): Promise<Entitled> {
  const pupilIds = plan.pupils.new.map(() => newId())
  const guardianIds = plan.guardians.new.map(() => newId())
  const linkIds = plan.guardianships.new.map(() => newId())
  await addPupils(change, plan, pupilIds)
  await changePupils(change, plan)
  await movePupils(change, plan, pupilIds)
  await endPupils(change, plan)
  await addGuardians(change, plan, guardianIds)
  await changeGuardians(change, plan)
  await addGuardianships(change, plan, { pupilIds, guardianIds, linkIds })
  await changeGuardianships(change, plan)
  return {
    guardianships: plan.codesFor.guardianships.map(reference => idOf(reference, linkIds)),
    pupils: plan.codesFor.pupils.map(reference => idOf(reference, pupilIds)),
  }
}

function idOf(reference: Reference, made: readonly string[]): string {
  return 'id' in reference ? reference.id : (made[reference.new] as string)
}

async function addPupils(change: Writing, plan: Plan, ids: readonly string[]): Promise<void> {
  const rows = plan.pupils.new.map(({ external_id, given_name, family_name, born_on, leaves_on }, index) => ({
    id: ids[index] as string,
    external_id,
    given_name,
    family_name,
    born_on,
    left_on: leaves_on,
  }))
  for (const some of chunks(rows, batch)) await change.write('pupils').insert(some)
}

function changed<T extends object>(row: T, changes: readonly FieldChange[]): T {
  return {
    ...row,
    ...Object.fromEntries(changes.filter(({ field }) => field in row).map(({ field, to }) => [field, to])),
  }
}

async function changePupils(change: Writing, plan: Plan): Promise<void> {
  const changesOf = new Map(plan.pupils.changed.map(pupil => [pupil.id, pupil.changes]))
  for (const some of chunks([...changesOf.keys()], batch)) {
    const rows = await change.write('pupils').whereIn('id', some)
    await change
      .write('pupils')
      .insert(rows.map(row => changed(row, changesOf.get(row.id) ?? [])))
      .onConflict('id')
      .merge(['external_id', 'given_name', 'family_name', 'born_on', 'left_on'])
  }
}

/** Makes the classes that are missing, ends places in former classes yesterday and begins the new ones today. */
async function movePupils(change: Writing, plan: Plan, ids: readonly string[]): Promise<void> {
  const made = plan.classes.flatMap(({ id, name }) =>
    id === null ? [{ id: newId(), kind: 'class' as const, name }] : [],
  )
  for (const some of chunks(made, batch)) await change.write('groups').insert(some)
  const again = plan.classes.flatMap(({ id }) => id ?? [])
  await change.write('groups').whereIn('id', again).update({ ended_on: null })

  const classes = await change.write('groups').where({ kind: 'class' })
  const classIds = new Map(classes.map(({ id, name }) => [name, id]))
  const moving = plan.pupils.changed.flatMap(({ id, changes }) => {
    const place = changes.find(({ field }) => field === 'class')
    return place ? [{ pupil: id, to: place.to }] : []
  })
  await endPlaces(
    change,
    moving.map(({ pupil }) => pupil),
    addDays(change.today, -1),
    classes.map(({ id }) => id),
  )
  const places = [
    ...moving,
    ...plan.pupils.new.map((pupil, index) => ({ pupil: ids[index] as string, to: pupil.class })),
  ]
  const rows = places.flatMap(({ pupil, to }) => {
    const group_id = to === null ? undefined : classIds.get(to)
    return group_id ? [{ group_id, pupil_id: pupil, from_on: change.today, until_on: null }] : []
  })
  for (const some of chunks(rows, batch)) await change.write('group_pupils').insert(some)
}

/** Ends places in groups (all, or those named) after `last`; one that began later never was. */
async function endPlaces(
  change: Writing,
  pupils: readonly string[],
  last: string,
  groups: readonly string[] | null,
): Promise<void> {
  for (const some of chunks(pupils, batch)) {
    const open = () =>
      change
        .write('group_pupils')
        .whereIn('pupil_id', some)
        .where(place => place.whereNull('until_on').orWhere('until_on', '>', last))
        .modify(query => {
          if (groups) query.whereIn('group_id', groups)
        })
    await open().where('from_on', '>', last).delete()
    await open().update({ until_on: last })
  }
}

async function endPupils(change: Writing, plan: Plan): Promise<void> {
  for (const [last, leaving] of Map.groupBy(plan.pupils.leaving, pupil => pupil.on)) {
    const ids = leaving.map(pupil => pupil.id)
    for (const some of chunks(ids, batch)) {
      await change.write('pupils').whereIn('id', some).update({ left_on: last })
      const links = await change.write('guardianships').select('id').whereIn('pupil_id', some)
      await revokeCodes(
        change,
        'guardianship_id',
        links.map(link => link.id),
      )
      await revokeCodes(change, 'pupil_id', some)
    }
    await endPlaces(change, ids, last, null)
  }
}

/** Makes open codes void, for links or for pupils. */
export async function revokeCodes(
  change: Writing,
  column: 'guardianship_id' | 'pupil_id',
  ids: readonly string[],
): Promise<void> {
  for (const some of chunks(ids, batch)) {
    await change
      .write('registration_codes')
      .whereIn(column, some)
      .whereNull('used_at')
      .whereNull('revoked_at')
      .update({ revoked_at: change.at })
  }
}

async function addGuardians(change: Writing, plan: Plan, ids: readonly string[]): Promise<void> {
  const rows = plan.guardians.new.map(({ rows: _, ...guardian }, index) => ({ id: ids[index] as string, ...guardian }))
  for (const some of chunks(rows, batch)) await change.write('guardians').insert(some)
}

async function changeGuardians(change: Writing, plan: Plan): Promise<void> {
  const changesOf = new Map(plan.guardians.changed.map(guardian => [guardian.id, guardian.changes]))
  for (const some of chunks([...changesOf.keys()], batch)) {
    const rows = await change.write('guardians').whereIn('id', some)
    await change
      .write('guardians')
      .insert(rows.map(row => changed(row, changesOf.get(row.id) ?? [])))
      .onConflict('id')
      .merge(['email', 'phone', 'address'])
  }
}

interface Made {
  readonly pupilIds: readonly string[]
  readonly guardianIds: readonly string[]
  readonly linkIds: readonly string[]
}

async function addGuardianships(change: Writing, plan: Plan, made: Made): Promise<void> {
  const rows = plan.guardianships.new.map(({ guardian, pupil, custody }, index) => ({
    id: made.linkIds[index] as string,
    guardian_id: idOf(guardian, made.guardianIds),
    pupil_id: idOf(pupil, made.pupilIds),
    ...rightsFor(custody),
    from_on: change.today,
  }))
  for (const some of chunks(rows, batch)) await change.write('guardianships').insert(some)
}

async function changeGuardianships(change: Writing, plan: Plan): Promise<void> {
  for (const [custody, links] of Map.groupBy(plan.guardianships.changed, link => link.to)) {
    const ids = links.map(link => link.id)
    for (const some of chunks(ids, batch)) {
      await change.write('guardianships').whereIn('id', some).update(rightsFor(custody))
    }
    if (custody === 'no') await revokeCodes(change, 'guardianship_id', ids)
  }
}
