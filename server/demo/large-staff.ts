import { addDays } from '../clock.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Office } from '../storage/tables.ts'
import { type ClassPlan, classPlans, clubNames } from './classes.ts'
import { drawFamilyNames, mailName } from './names.ts'
import type { Random } from './random.ts'
import { acceptanceRows, accountRows, insertMany, type NewAccount } from './rows.ts'

/** A group that letters go to, with the accounts that may write to it. */
export interface LargeGroup {
  readonly id: string
  readonly name: string
  /** Null for a club. */
  readonly plan: ClassPlan | null
  readonly leader: string
  readonly teachers: readonly string[]
}

export const staffCount = 80
const classesPerTeacher = 4

/** Brings the staff to eighty, and makes the missing classes and clubs, each with a leader and its teachers. */
export async function hireStaff(change: SystemChange, random: Random, password_hash: string): Promise<LargeGroup[]> {
  const since = addDays(change.today, -800)
  const [{ count } = { count: 0 }] = await change.raw<{ count: number }>(
    'SELECT count(DISTINCT account_id) AS count FROM appointments',
  )
  const taken = new Set<string>()
  const hired: (NewAccount & { office: Office })[] = Array.from({ length: staffCount - count }, (_, index) => {
    const names = drawFamilyNames(random)
    const given = names.given(random, random.chance(0.6))
    const office: Office = index < 2 ? 'office' : index < 3 ? 'head' : 'teacher'
    return {
      id: random.id(),
      given,
      family: names.family,
      login: loginFor(given, names.family, 'lindenhof.example', taken),
      office,
    }
  })
  await insertMany(change, 'accounts', accountRows(change, hired, password_hash, since, random))
  await insertMany(change, 'acceptances', acceptanceRows(hired, since))
  await insertMany(
    change,
    'appointments',
    hired.map(({ id, office }) => ({ account_id: id, office, from_on: since, until_on: null })),
  )
  const everybody = await change.write('groups').where({ kind: 'staff' }).first('id')
  if (everybody)
    await insertMany(
      change,
      'group_staff',
      hired.map(({ id }) => ({ group_id: everybody.id, account_id: id, from_on: since, until_on: null })),
    )
  return makeGroups(
    change,
    random,
    hired.filter(({ office }) => office === 'teacher').map(({ id }) => id),
    since,
  )
}

async function makeGroups(
  change: SystemChange,
  random: Random,
  teachers: readonly string[],
  since: string,
): Promise<LargeGroup[]> {
  const existing = new Map(
    (await change.write('groups').whereIn('kind', ['class', 'club'])).map(group => [group.name, group]),
  )
  const works = await change.write('group_staff').select('group_id', 'account_id')
  const wanted = [
    ...classPlans.map(plan => ({ name: plan.name, plan })),
    ...clubNames.map(name => ({ name, plan: null })),
  ]
  let turn = 0
  const groups: LargeGroup[] = []
  const joins: { group_id: string; account_id: string; from_on: string; until_on: null }[] = []
  for (const { name, plan } of wanted) {
    const known = existing.get(name)
    const id = known?.id ?? random.id()
    const leader = known?.leader_id ?? (teachers[turn++ % teachers.length] as string)
    const already = works.filter(one => one.group_id === id).map(one => one.account_id)
    const further = plan
      ? random.shuffled(teachers).slice(0, Math.round((teachers.length * classesPerTeacher) / classPlans.length))
      : []
    const joining = [...new Set([leader, ...further])].filter(account => !already.includes(account))
    joins.push(...joining.map(account_id => ({ group_id: id, account_id, from_on: since, until_on: null })))
    groups.push({ id, name, plan, leader, teachers: [...already, ...joining] })
  }
  const missing = groups.filter(({ name }) => !existing.has(name))
  await insertMany(
    change,
    'groups',
    missing.map(({ id, name, plan, leader }) => ({
      id,
      kind: plan ? ('class' as const) : ('club' as const),
      name,
      leader_id: leader,
      ended_on: null,
    })),
  )
  for (const { id, name, leader } of groups) {
    if (existing.get(name)?.leader_id === null) await change.write('groups').where({ id }).update({ leader_id: leader })
  }
  await insertMany(change, 'group_staff', joins)
  return groups
}

/** `vorname.nachname@…`, with a number where somebody has it already. */
export function loginFor(given: string, family: string, domain: string, taken: Set<string>): string {
  const name = `${mailName(given)}.${mailName(family)}`
  let login = `${name}@${domain}`
  for (let number = 2; taken.has(login); number += 1) login = `${name}${number}@${domain}`
  taken.add(login)
  return login
}
