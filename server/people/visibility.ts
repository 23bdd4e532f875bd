import type { Knex } from 'knex'
import type { Tables } from '../storage/tables.ts'
import { Viewer } from './viewer.ts'

/** What each protected thing looks like to somebody who may see it. */
export interface Visible {
  /** Letters, with the author's name. Drafts only to their author. */
  letters: Tables['letters'] & { author: string }
  /** Pupils of the viewer's own: children, and the viewer where of age. For the office: all. For staff: their groups'. */
  pupils: Tables['pupils']
  /** Who is meant by a letter the viewer runs: a row for each letter, pupil and group. */
  addressees: { letter_id: string; pupil_id: string; group_id: string }
  /** Replies about the viewer's pupils, and to letters the viewer runs. */
  replies: Tables['replies'] & { author: string }
  receipts: Tables['receipts']
  /** Who registered for a child: to the office, and to those who may read for it. */
  registrations: Tables['registrations']
  guardians: Tables['guardians']
  guardianships: Tables['guardianships']
  registration_codes: Tables['registration_codes']
  group_pupils: Tables['group_pupils']
  group_staff: Tables['group_staff']
  accounts: Pick<Tables['accounts'], 'id' | 'login' | 'given_name' | 'family_name' | 'email' | 'created_at' | 'locked_at'>
  appointments: Tables['appointments']
  invitations: Tables['invitations']
  imports: Tables['imports']
  import_files: Tables['import_files']
  audience_parts: Tables['audience_parts']
  sessions: Omit<Tables['sessions'], 'id_hash' | 'data'>
}

type Rule = (viewer: Viewer) => { sql: string; values: Record<string, string> }

const ids = (list: readonly string[]): string => JSON.stringify(list)
const inForce = 'from_on <= :today AND (until_on IS NULL OR until_on >= :today)'

/** A letter reaches the viewer by belonging; the author and the leader of an addressed group see it too. */
const letters: Rule = viewer => ({
  sql: `SELECT l.*, a.given_name || ' ' || a.family_name AS author FROM letters l JOIN accounts a ON a.id = l.author_id
    WHERE l.author_id = :me OR (l.published_at IS NOT NULL AND EXISTS (
      SELECT 1 FROM audience_parts p WHERE p.audience_id = l.audience_id AND (
        p.group_id IN (SELECT value FROM json_each(:leads))
        OR (p.group_id || ' ' || p.part IN (SELECT value FROM json_each(:belongs)) AND (l.withdrawn_at IS NULL OR EXISTS (
          SELECT 1 FROM replies r WHERE r.letter_id = l.id AND r.pupil_id IN (SELECT value FROM json_each(:mine))))))))`,
  values: { me: viewer.id, leads: ids(viewer.leads), belongs: ids(viewer.belongs), mine: mine(viewer) },
})

const addressees: Rule = viewer => ({
  sql: `SELECT l.id AS letter_id, m.pupil_id, m.group_id FROM letters l
    JOIN audience_parts p ON p.audience_id = l.audience_id AND p.part IN ('guardians', 'pupils')
    JOIN group_pupils m ON m.group_id = p.group_id AND m.from_on <= :today AND (m.until_on IS NULL OR m.until_on >= :today)
    JOIN pupils u ON u.id = m.pupil_id AND (u.left_on IS NULL OR u.left_on >= :today)
    WHERE (p.part = 'guardians' OR u.account_id IS NOT NULL) AND (l.author_id = :me
      OR (l.published_at IS NOT NULL AND p.group_id IN (SELECT value FROM json_each(:leads))))`,
  values: { me: viewer.id, leads: ids(viewer.leads), today: viewer.today },
})

const aboutPupils = (table: 'replies' | 'receipts'): Rule => {
  const author = table === 'replies' ? ", a.given_name || ' ' || a.family_name AS author" : ''
  return viewer => {
    const run = addressees(viewer)
    return {
      sql: `SELECT r.*${author} FROM ${table} r JOIN accounts a ON a.id = r.account_id
        WHERE r.pupil_id IN (SELECT value FROM json_each(:mine))
          OR (r.letter_id, r.pupil_id) IN (SELECT letter_id, pupil_id FROM (${run.sql}))`,
      values: { ...run.values, mine: mine(viewer) },
    }
  }
}

/** The viewer's own children; all for the office; for staff those of the groups they work in or lead. */
const pupils: Rule = viewer => ({
  sql: viewer.holds('office')
    ? 'SELECT * FROM pupils'
    : `SELECT * FROM pupils WHERE id IN (SELECT value FROM json_each(:mine))
        OR ((left_on IS NULL OR left_on >= :today) AND id IN (SELECT pupil_id FROM group_pupils WHERE ${inForce}
          AND group_id IN (SELECT value FROM json_each(:works))))`,
  values: viewer.holds('office') ? {} : { mine: mine(viewer), today: viewer.today, works: works(viewer) },
})

/** Contact data and rights between adults and children are the office's; a guardian sees only the own links. */
const officeOr = (table: string, own: string): Rule => {
  return viewer =>
    viewer.holds('office')
      ? { sql: `SELECT * FROM ${table}`, values: {} }
      : { sql: `SELECT * FROM ${table} WHERE ${own}`, values: { me: viewer.id } }
}

const officeOnly = (table: string): Rule => {
  return viewer => ({ sql: `SELECT * FROM ${table}${viewer.holds('office') ? '' : ' WHERE false'}`, values: {} })
}

const adminOnly = (columns: string, table: string): Rule => {
  return viewer => ({ sql: `SELECT ${columns} FROM ${table}${viewer.holds('admin') ? '' : ' WHERE false'}`, values: {} })
}

const rules: { [T in keyof Visible]: Rule } = {
  letters,
  addressees,
  pupils,
  replies: aboutPupils('replies'),
  receipts: aboutPupils('receipts'),
  registrations: viewer =>
    viewer.holds('office')
      ? { sql: 'SELECT * FROM registrations', values: {} }
      : {
          sql: 'SELECT * FROM registrations WHERE pupil_id IN (SELECT value FROM json_each(:mine))',
          values: { mine: mine(viewer) },
        },
  guardians: officeOr('guardians', 'account_id = :me'),
  guardianships: officeOr('guardianships', 'guardian_id IN (SELECT id FROM guardians WHERE account_id = :me)'),
  registration_codes: officeOnly('registration_codes'),
  group_pupils: viewer =>
    viewer.holds('office', 'admin')
      ? { sql: 'SELECT * FROM group_pupils', values: {} }
      : {
          sql: `SELECT * FROM group_pupils WHERE pupil_id IN (SELECT value FROM json_each(:mine))
            OR group_id IN (SELECT value FROM json_each(:works))`,
          values: { mine: mine(viewer), works: works(viewer) },
        },
  group_staff: viewer =>
    viewer.holds('office', 'admin')
      ? { sql: 'SELECT * FROM group_staff', values: {} }
      : { sql: 'SELECT * FROM group_staff WHERE account_id = :me', values: { me: viewer.id } },
  accounts: adminOnly('id, login, given_name, family_name, email, created_at, locked_at', 'accounts'),
  appointments: viewer => ({
    sql: `SELECT * FROM appointments${viewer.holds('admin') ? '' : ' WHERE account_id = :me'}`,
    values: viewer.holds('admin') ? {} : { me: viewer.id },
  }),
  invitations: adminOnly('*', 'invitations'),
  imports: officeOnly('imports'),
  import_files: officeOnly('import_files'),
  audience_parts: viewer => {
    const seen = letters(viewer)
    return {
      sql: `SELECT * FROM audience_parts WHERE audience_id IN (SELECT audience_id FROM (${seen.sql}))`,
      values: seen.values,
    }
  },
  sessions: viewer => ({
    sql: `SELECT public_id, account_id, epoch, agent, network, created_at, seen_at, expires_at
      FROM sessions WHERE account_id = :me`,
    values: { me: viewer.id },
  }),
}

function mine(viewer: Viewer): string {
  return ids(viewer.pupils.map(pupil => pupil.id))
}

/** Groups the viewer works in or leads. */
function works(viewer: Viewer): string {
  const staff = viewer.belongs.filter(key => key.endsWith(' staff')).map(key => key.slice(0, -' staff'.length))
  return ids([...new Set([...staff, ...viewer.leads])])
}

/**
 * The part of a table that exists for this viewer; lists and finders both start here, so they cannot disagree.
 *
 * Nothing else in the house knows who may see what. Ranks open no content: the office sees the roll because
 * keeping it is its work, and no letter.
 */
export function visibleTo<T extends keyof Visible>(viewer: Viewer, table: T): Knex.QueryBuilder<Visible[T], Visible[T][]> {
  const rule = rules[table](viewer)
  const door = Viewer.door(viewer)
  return door.from(door.raw(`(${rule.sql}) AS ${table}`, rule.values)) as Knex.QueryBuilder<Visible[T], Visible[T][]>
}
