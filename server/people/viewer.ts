import type { Knex } from 'knex'
import { addDays, type Clock, instant } from '../clock.ts'
import type { Database, Rows } from '../storage/database.ts'
import type { FactorKind, GroupKind, Office, Theme } from '../storage/tables.ts'

/** A child whose things the viewer may see, or the viewer's own pupil self once of age. */
export interface ViewerPupil {
  readonly id: string
  readonly given_name: string
  readonly name: string
  readonly may_act: boolean
  readonly self: boolean
}

/** What the viewer proves themselves with besides the password. */
export interface OwnFactor {
  readonly id: string
  readonly kind: FactorKind
  /** Of a passkey: its name for browsers, and how they reach it. */
  readonly credential: string | null
  readonly transports: readonly string[]
}

/** A group in which one of the viewer's pupils is today, and as what the viewer is addressed there. */
export interface Place {
  readonly pupil: string
  readonly group: string
  readonly name: string
  readonly kind: GroupKind
  /** Who leads the group, by name. */
  readonly leader: string | null
  readonly part: 'guardians' | 'pupils'
}

/** Tables that anybody signed in may read as they are; every other one is reached through `visibleTo`. */
export type OpenTable = 'school' | 'groups' | 'documents'

export interface ViewerFacts {
  readonly id: string
  readonly name: string
  readonly login: string
  readonly language: string
  readonly theme: Theme
  readonly offices: ReadonlySet<Office>
  readonly pupils: readonly ViewerPupil[]
  /** Where the viewer's pupils belong. */
  readonly places: readonly Place[]
  /** Ids of groups the viewer works in. */
  readonly works: readonly string[]
  /** Ids of groups the viewer leads. */
  readonly leads: readonly string[]
  /** Newer terms or privacy notice than the viewer has accepted. */
  readonly unaccepted: number
  /** How many accounts others made for the viewer's pupils lately; mostly none, and then nobody need ask which. */
  readonly newAccounts: number
  readonly factors: readonly OwnFactor[]
  readonly today: string
}

/**
 * Somebody who looks, with what they belong to on this day. There is no reading without one.
 *
 * Made only here, from the database, for each request anew: what ended yesterday is gone today.
 */
export class Viewer implements ViewerFacts {
  readonly id: string
  readonly name: string
  readonly login: string
  readonly language: string
  readonly theme: Theme
  readonly offices: ReadonlySet<Office>
  readonly pupils: readonly ViewerPupil[]
  readonly places: readonly Place[]
  readonly works: readonly string[]
  readonly leads: readonly string[]
  readonly unaccepted: number
  readonly newAccounts: number
  readonly factors: readonly OwnFactor[]
  readonly today: string
  readonly #door: Knex

  protected constructor(facts: ViewerFacts, door: Knex) {
    this.id = facts.id
    this.name = facts.name
    this.login = facts.login
    this.language = facts.language
    this.theme = facts.theme
    this.offices = facts.offices
    this.pupils = facts.pupils
    this.places = facts.places
    this.works = facts.works
    this.leads = facts.leads
    this.unaccepted = facts.unaccepted
    this.newAccounts = facts.newAccounts
    this.factors = facts.factors
    this.today = facts.today
    this.#door = door
  }

  /** Whose session this is, if it has not run out and is of the account's present epoch, with what it carries. */
  static async ofSession(
    database: Database,
    hash: Buffer,
    clock: Clock,
  ): Promise<{ viewer: Viewer; data: string; seen_at: string } | undefined> {
    const today = clock.today()
    const values = { hash, ...days(today), now: instant(clock.now()) }
    const [row] = await database.reader.raw<ViewerRow[]>(factsBySession, values)
    if (!row) return undefined
    const { data, seen_at } = row
    return { viewer: new Viewer(factsFrom(row, today), database.reader), data: data ?? '{}', seen_at: seen_at ?? '' }
  }

  /** The class of one of the viewer's pupils and who leads it. */
  classOf(pupil: string): { readonly name: string; readonly leader: string | null } {
    const found = this.places.find(place => place.pupil === pupil && place.kind === 'class')
    return { name: found?.name ?? '', leader: found?.leader ?? null }
  }

  holds(...offices: Office[]): boolean {
    return offices.some(office => this.offices.has(office))
  }

  /** Reads a table that is open to everybody signed in. */
  read<T extends OpenTable>(table: T): Rows<T> {
    return this.#door(table)
  }

  /** The door itself. For visibility.ts, which is the only file that may call it. */
  static door(viewer: Viewer): Knex {
    return viewer.#door
  }
}

/** A child's guardians see nothing more from the 18th birthday on, unless the pupil allowed it. */
export function adultSince(today: string): string {
  return `${Number(today.slice(0, 4)) - 18}${today.slice(4)}`
}

const byAccount = `
SELECT id, given_name, family_name, login, language, theme, NULL AS data, NULL AS seen_at
FROM accounts WHERE id = :account AND locked_at IS NULL`

const bySession = `
SELECT a.id, a.given_name, a.family_name, a.login, a.language, a.theme, s.data, s.seen_at
FROM sessions s JOIN accounts a ON a.id = s.account_id
WHERE s.id_hash = :hash AND s.expires_at > :now AND s.epoch = a.session_epoch AND a.locked_at IS NULL`

/** Everything in one query, since each page needs it and each trip to the database costs more than what it fetches. */
const factsSql = (who: string) => `
WITH who AS MATERIALIZED (${who}), mine AS (
  SELECT p.id, p.given_name, p.given_name || ' ' || p.family_name AS name, p.family_name,
    max(s.may_act AND (p.born_on IS NULL OR p.born_on > :adult)) AS may_act, 0 AS self, 0 AS grown
  FROM guardians g JOIN guardianships s ON s.guardian_id = g.id JOIN pupils p ON p.id = s.pupil_id
  WHERE g.account_id = (SELECT id FROM who) AND s.may_read = 1
    AND s.from_on <= :today AND (s.until_on IS NULL OR s.until_on >= :today)
    AND (p.left_on IS NULL OR p.left_on >= :today)
    AND (p.born_on IS NULL OR p.born_on > :adult OR p.guardians_allowed_at IS NOT NULL)
  GROUP BY p.id
  UNION ALL
  SELECT id, given_name, given_name || ' ' || family_name, family_name, born_on <= :adult, 1, born_on <= :adult
  FROM pupils WHERE account_id = (SELECT id FROM who) AND (left_on IS NULL OR left_on >= :today)
)
SELECT a.id, a.given_name || ' ' || a.family_name AS name, a.login, a.language, a.theme, a.data, a.seen_at,
  (SELECT json_group_array(DISTINCT office) FROM appointments WHERE account_id = a.id
    AND from_on <= :today AND (until_on IS NULL OR until_on >= :today)) AS offices,
  (SELECT json_group_array(json_object('id', id, 'given_name', given_name, 'name', name,
    'may_act', json(iif(may_act, 'true', 'false')), 'self', json(iif(self, 'true', 'false'))))
    FROM (SELECT * FROM mine ORDER BY given_name, family_name)) AS pupils,
  (SELECT json_group_array(json_object('pupil', pupil, 'group', id, 'name', name, 'kind', kind, 'leader', leader, 'part', part)) FROM (
    SELECT mine.id AS pupil, t.id, t.name, t.kind, b.given_name || ' ' || b.family_name AS leader, w.part
    FROM mine CROSS JOIN group_pupils m ON m.pupil_id = mine.id CROSS JOIN groups t ON t.id = m.group_id
      LEFT JOIN accounts b ON b.id = t.leader_id CROSS JOIN (SELECT 'guardians' AS part UNION ALL SELECT 'pupils') w ON (w.part = 'guardians') = (NOT mine.self) OR mine.grown
    WHERE m.from_on <= :today AND (m.until_on IS NULL OR m.until_on >= :today))) AS places,
  (SELECT json_group_array(DISTINCT group_id) FROM group_staff m WHERE m.account_id = a.id
    AND m.from_on <= :today AND (m.until_on IS NULL OR m.until_on >= :today)) AS works,
  (SELECT json_group_array(id) FROM groups WHERE leader_id = a.id AND (ended_on IS NULL OR ended_on >= :today)) AS leads,
  (SELECT count(*) FROM documents d WHERE d.in_force_from <= :today
    AND d.version = (SELECT max(version) FROM documents WHERE kind = d.kind AND in_force_from <= :today)
    AND NOT EXISTS (SELECT 1 FROM acceptances WHERE account_id = a.id AND kind = d.kind AND version = d.version)) AS unaccepted,
  (SELECT count(*) FROM registrations WHERE pupil_id IN (SELECT id FROM mine) AND registered_at >= :since
    AND account_id <> a.id) AS newAccounts,
  (SELECT json_group_array(json_object('id', id, 'kind', kind, 'credential', credential_id, 'transports', json(transports)))
    FROM factors WHERE account_id = a.id) AS factors
FROM who a`

const factsByAccount = factsSql(byAccount)
const factsBySession = factsSql(bySession)

interface ViewerRow {
  id: string
  name: string
  login: string
  language: string
  theme: Theme
  offices: string
  pupils: string
  places: string
  works: string
  leads: string
  unaccepted: number
  newAccounts: number
  factors: string
  data: string | null
  seen_at: string | null
}

/** How long a letter or an account counts as new, in days. */
export const freshDays = 14

function days(today: string): { today: string; adult: string; since: string } {
  return { today, adult: adultSince(today), since: addDays(today, -freshDays) }
}

/** What holds today for an account. */
export async function loadFacts(door: Knex, account: string, today: string): Promise<ViewerFacts | undefined> {
  const [row] = await door.raw<ViewerRow[]>(factsByAccount, { account, ...days(today) })
  return row && factsFrom(row, today)
}

function factsFrom(row: ViewerRow, today: string): ViewerFacts {
  return {
    ...row,
    offices: new Set(JSON.parse(row.offices) as Office[]),
    pupils: JSON.parse(row.pupils) as ViewerPupil[],
    places: JSON.parse(row.places) as Place[],
    works: JSON.parse(row.works) as string[],
    factors: JSON.parse(row.factors) as OwnFactor[],
    leads: JSON.parse(row.leads) as string[],
    today,
  }
}
