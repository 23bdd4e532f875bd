import { addDays } from '../clock.ts'
import type { House } from '../house.ts'
import { schoolFrom } from '../house.ts'
import { type IssuedCode, issueCodes } from '../people/codes.ts'
import { hashPassword, type KeyCost } from '../people/passwords.ts'
import { type SystemChange, systemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import { appointDemoAuditors, type DemoAuditor } from './auditors.ts'
import { cast, castPassword, children, groups, onPaper, type Person, school } from './cast.ts'
import { seedFactors } from './factors.ts'
import { privacy, terms } from './texts.ts'

/** Ids of the small school's people and things, by the cast's keys. */
export interface SmallSchool {
  readonly accounts: Readonly<Record<string, string>>
  readonly pupils: Readonly<Record<string, string>>
  readonly groups: Readonly<Record<string, string>>
  /** The open code of a guardian who has not registered yet. */
  readonly code: IssuedCode
  readonly auditors: readonly DemoAuditor[]
}

const record = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> => Object.fromEntries(entries)

/** Fills an empty database with the small school. Refuses where people are. Tests seal the auditors' keys at a lower cost. */
export async function seedSmallSchool(house: House, cost?: KeyCost): Promise<SmallSchool> {
  const someone = await house.database.reader('accounts').first('id')
  const somebody = await house.database.reader('pupils').first('id')
  if (someone || somebody) throw new Error('In diesen Daten stehen schon Menschen; die Vorführung fasst sie nicht an.')
  const password_hash = await hashPassword(castPassword)
  const accounts = record(cast.map(person => [person.key, newId()]))
  const auditors = await appointDemoAuditors(house, accounts, cost)
  const seeded = await systemChange(house.database, house.clock, 'demo', async change => {
    const ids = {
      accounts,
      pupils: record(children.map(child => [child.key, newId()])),
      groups: record(groups.map(group => [group.key, newId()])),
    }
    await change.write('school').insert({ only: 1, ...school, demo: 1 })
    const since = addDays(change.today, -100)
    await change.write('documents').insert([
      { kind: 'terms', version: 1, text: terms, in_force_from: since },
      { kind: 'privacy', version: 1, text: privacy, in_force_from: since },
    ])
    await seedPeople(change, ids, password_hash, since)
    await seedFactors(change, house, accounts)
    const code = await seedPaperFamilies(change, house, ids, since)
    await house.audit.append({
      action: 'command.import',
      actor: null,
      session: null,
      address: null,
      concerns: [],
      outcome: 'try',
      details: { purpose: 'demo' },
    })
    return { ...ids, code }
  })
  house.school.current = schoolFrom(await house.database.reader('school').first())
  return { ...seeded, auditors }
}

type Ids = Pick<SmallSchool, 'accounts' | 'pupils' | 'groups'>
const at = (ids: Readonly<Record<string, string>>, key: string): string => {
  const id = ids[key]
  if (!id) throw new Error(`Nobody and nothing is called ${key}`)
  return id
}

export function loginOf(person: Pick<Person, 'key' | 'offices'>): string {
  return person.offices ? `${person.key}@lindenhof.example` : `${person.key}@eltern.example`
}

/** One house for each family. */
function addressOf({ family_name }: Pick<Person, 'family_name'>): string {
  const families = [...new Set(children.map(child => child.family_name))]
  return `Gartenweg ${families.indexOf(family_name) + 1}, 12345 Auental`
}

async function seedPeople(change: SystemChange, ids: Ids, password_hash: string, since: string): Promise<void> {
  await change.write('accounts').insert(
    cast.map(person => ({
      id: at(ids.accounts, person.key),
      login: loginOf(person),
      given_name: person.given_name,
      family_name: person.family_name,
      email: loginOf(person),
      password_hash,
      language: 'de',
      theme: 'system' as const,
      session_epoch: 1,
      created_at: change.at,
      locked_at: null,
    })),
  )
  await change.write('acceptances').insert(
    cast.flatMap(person =>
      (['terms', 'privacy'] as const).map(kind => ({
        account_id: at(ids.accounts, person.key),
        kind,
        version: 1,
        accepted_at: change.at,
      })),
    ),
  )
  await change.write('appointments').insert(
    cast.flatMap(person =>
      (person.offices ?? []).map(office => ({
        account_id: at(ids.accounts, person.key),
        office,
        from_on: since,
        until_on: null,
      })),
    ),
  )
  await change.write('groups').insert(
    groups.map(({ key, kind, name }) => {
      const leader = cast.find(person => person.leads?.includes(key))
      return {
        id: at(ids.groups, key),
        kind,
        name,
        leader_id: leader ? at(ids.accounts, leader.key) : null,
        ended_on: null,
      }
    }),
  )
  await change.write('group_staff').insert(
    cast.flatMap(person =>
      (person.works ?? []).map(group => ({
        group_id: at(ids.groups, group),
        account_id: at(ids.accounts, person.key),
        from_on: since,
        until_on: null,
      })),
    ),
  )
  await change.write('pupils').insert(
    children.map((child, index) => ({
      id: at(ids.pupils, child.key),
      external_id: `7310${index + 10}`,
      given_name: child.given_name,
      family_name: child.family_name,
      born_on: child.born_on,
      left_on: null,
      account_id: cast.some(person => person.self === child.key) ? at(ids.accounts, child.key) : null,
      guardians_allowed_at: null,
    })),
  )
  const places = [
    ...children.map(child => ({ pupil: child.key, group: child.group })),
    { pupil: 'emir', group: 'chor' },
  ]
  await change.write('group_pupils').insert(
    places.map(({ pupil, group }) => ({
      group_id: at(ids.groups, group),
      pupil_id: at(ids.pupils, pupil),
      from_on: since,
      until_on: null,
    })),
  )
  const parents = cast.filter(person => person.children)
  const guardians = new Map(parents.map(person => [person.key, newId()]))
  await change.write('guardians').insert(
    parents.map(person => ({
      id: guardians.get(person.key) ?? '',
      given_name: person.given_name,
      family_name: person.family_name,
      email: loginOf(person),
      phone: null,
      address: addressOf(person),
      account_id: at(ids.accounts, person.key),
    })),
  )
  await change.write('guardianships').insert(
    parents.flatMap(person =>
      (person.children ?? []).map(child => {
        const rights = person.guardianship === 'none' ? 0 : 1
        return {
          id: newId(),
          guardian_id: guardians.get(person.key) ?? '',
          pupil_id: at(ids.pupils, child),
          custody: rights ? ('yes' as const) : ('no' as const),
          may_read: rights as 0 | 1,
          may_act: rights as 0 | 1,
          from_on: since,
          until_on: person.guardianship === 'ended' ? addDays(change.today, -1) : null,
          address_block: 0 as const,
        }
      }),
    ),
  )
}

async function seedPaperFamilies(change: SystemChange, house: House, ids: Ids, since: string): Promise<IssuedCode> {
  const people = onPaper.map(person => ({ ...person, id: newId(), guardianship: newId() }))
  await change.write('guardians').insert(
    people.map(({ id, given_name, family_name }) => ({
      id,
      given_name,
      family_name,
      email: null,
      phone: null,
      address: addressOf({ family_name }),
      account_id: null,
    })),
  )
  await change.write('guardianships').insert(
    people.map(({ id, guardianship, child, custody }) => {
      const rights = custody === 'yes' ? 1 : 0
      return {
        id: guardianship,
        guardian_id: id,
        pupil_id: at(ids.pupils, child),
        custody,
        may_read: rights as 0 | 1,
        may_act: rights as 0 | 1,
        from_on: since,
        until_on: null,
        address_block: 0 as const,
      }
    }),
  )
  const known = people
    .filter(person => person.custody === 'yes')
    .map(person => ({ guardianship_id: person.guardianship }))
  const [code] = await issueCodes(change, house, known)
  if (!code) throw new Error('No guardian on paper has custody')
  return code
}
