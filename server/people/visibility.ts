import type { Knex } from 'knex'
import { addDays } from '../clock.ts'
import type { Office, Tables } from '../storage/tables.ts'
import { appointable, auditorInvitations, auditorSuspensions } from './appointed.ts'
import { concerned } from './concerned.ts'
import { lockable, locks } from './locked.ts'
import { auditorTies, caseSubjects, ties } from './ties.ts'
import { adultSince, freshDays, Viewer } from './viewer.ts'
import type { Visible } from './visible.ts'

export type Rule = (viewer: Viewer) => { sql: string; values: Record<string, string> }

const ids = (list: readonly string[]): string => JSON.stringify(list)
const inForce = 'from_on <= :today AND (until_on IS NULL OR until_on >= :today)'

/** A letter reaches the viewer by belonging; the author and the leader of an addressed group see it too. */
const letters: Rule = viewer => ({
  sql: `SELECT l.*, a.given_name || ' ' || a.family_name AS author,
      (SELECT json_group_array(json_object('group', t.id, 'name', t.name, 'kind', t.kind, 'part', p.part))
        FROM audience_parts p JOIN groups t ON t.id = p.group_id WHERE p.audience_id = l.audience_id) AS audience
    FROM letters l JOIN accounts a ON a.id = l.author_id
    WHERE l.author_id = :me OR (l.published_at IS NOT NULL AND EXISTS (
      SELECT 1 FROM audience_parts p WHERE p.audience_id = l.audience_id AND (
        p.group_id IN (SELECT value FROM json_each(:leads))
        OR (p.group_id || ' ' || p.part IN (SELECT value FROM json_each(:belongs)) AND (l.withdrawn_at IS NULL OR EXISTS (
          SELECT 1 FROM replies r WHERE r.letter_id = l.id AND r.pupil_id IN (SELECT value FROM json_each(:mine))))))))`,
  values: { me: viewer.id, leads: ids(viewer.leads), belongs: belongs(viewer), mine: mine(viewer) },
})

/** Whether anybody who may read for the pupil `u` has an account. */
const reached = `(u.account_id IS NOT NULL OR EXISTS (SELECT 1 FROM guardianships s JOIN guardians g ON g.id = s.guardian_id
  WHERE s.pupil_id = u.id AND s.may_read = 1 AND g.account_id IS NOT NULL
    AND s.from_on <= :today AND (s.until_on IS NULL OR s.until_on >= :today)
    AND (u.born_on IS NULL OR u.born_on > :adult OR u.guardians_allowed_at IS NOT NULL)))`

// CROSS JOIN keeps this order: from the letters that are asked for to the few groups of the viewer's pupils,
// never from the groups through all their years of letters. LIMIT -1 has the JSON read once, not once a letter.
const slipsOf =
  (letters: string, days: Record<string, string> = {}): Rule =>
  viewer => ({
    sql: `SELECT c.id AS letter_id, l.title, l.answer, l.respond_by, l.published_at, l.withdrawn_at,
      w.pupil AS pupil_id, w.name AS group_name,
      r.value, r.replied_at, r.paper, b.given_name || ' ' || b.family_name AS replied_by, e.account_id IS NOT NULL AS opened
    FROM ${letters} CROSS JOIN (SELECT value ->> 'pupil' AS pupil, value ->> 'group' AS group_id, value ->> 'part' AS part,
      value ->> 'name' AS name FROM json_each(:places) LIMIT -1) w
    CROSS JOIN audience_parts p ON p.audience_id = c.audience_id AND p.group_id = w.group_id AND p.part = w.part
    CROSS JOIN letters l ON l.id = c.id
    LEFT JOIN replies r ON r.letter_id = l.id AND r.pupil_id = w.pupil
    LEFT JOIN accounts b ON b.id = r.account_id
    LEFT JOIN receipts e ON e.letter_id = l.id AND e.pupil_id = w.pupil AND e.account_id = :me
    WHERE l.published_at IS NOT NULL AND (l.withdrawn_at IS NULL OR r.value IS NOT NULL)`,
    values: { me: viewer.id, places: JSON.stringify(viewer.places), ...days },
  })

/** Letters that are open or new, found by two indexes: years of older ones are not touched. */
const currentSlips: Rule = viewer =>
  slipsOf(
    `(SELECT id, audience_id FROM letters INDEXED BY letters_by_deadline
        WHERE published_at IS NOT NULL AND withdrawn_at IS NULL AND respond_by >= :today
      UNION ALL SELECT id, audience_id FROM letters INDEXED BY letters_by_publication
        WHERE published_at >= :since AND withdrawn_at IS NULL AND (respond_by IS NULL OR respond_by < :today)
    ) c`,
    { today: viewer.today, since: addDays(viewer.today, -freshDays) },
  )(viewer)

/** An author sees whom a letter is for in the groups they may write to today: what ended, ended for them, too. */
function authorship(viewer: Viewer): Record<string, string> {
  return { me: viewer.id, works: works(viewer), everywhere: viewer.holds('office', 'head') ? 'yes' : 'no' }
}

const addressees: Rule = viewer => ({
  sql: `SELECT l.id AS letter_id, u.id AS pupil_id, u.given_name, u.family_name, t.id AS group_id, t.name AS group_name,
      r.value, r.replied_at, r.paper,
      (SELECT min(read_on) FROM receipts e WHERE e.letter_id = l.id AND e.pupil_id = u.id) AS read_on,
      ${reached} AS reached
    FROM letters l CROSS JOIN audience_parts p ON p.audience_id = l.audience_id AND p.part IN ('guardians', 'pupils')
    CROSS JOIN group_pupils m ON m.group_id = p.group_id AND m.from_on <= :today AND (m.until_on IS NULL OR m.until_on >= :today)
    CROSS JOIN pupils u ON u.id = m.pupil_id AND (u.left_on IS NULL OR u.left_on >= :today)
    CROSS JOIN groups t ON t.id = m.group_id
    LEFT JOIN replies r ON r.letter_id = l.id AND r.pupil_id = u.id
    WHERE (p.part = 'guardians' OR u.account_id IS NOT NULL) AND (
      (l.author_id = :me AND (:everywhere = 'yes' OR p.group_id IN (SELECT value FROM json_each(:works))))
      OR (l.published_at IS NOT NULL AND p.group_id IN (SELECT value FROM json_each(:leads))))`,
  values: { ...authorship(viewer), leads: ids(viewer.leads), today: viewer.today, adult: adultSince(viewer.today) },
})

/** The viewer's own children; all for the office; for staff those of the groups they work in or lead. */
const pupils: Rule = viewer => ({
  sql: viewer.holds('office')
    ? 'SELECT * FROM pupils'
    : `SELECT * FROM pupils WHERE id IN (SELECT value FROM json_each(:mine))
        OR ((left_on IS NULL OR left_on >= :today) AND id IN (SELECT pupil_id FROM group_pupils WHERE ${inForce}
          AND group_id IN (SELECT value FROM json_each(:works))))`,
  values: viewer.holds('office') ? {} : { mine: mine(viewer), today: viewer.today, works: works(viewer) },
})

const groupMembers: Rule = viewer => ({
  sql: `SELECT t.id AS group_id, t.name, t.kind, u.id AS pupil_id, u.given_name, u.family_name, ${reached} AS reached
    FROM groups t JOIN group_pupils m ON m.group_id = t.id AND m.from_on <= :today AND (m.until_on IS NULL OR m.until_on >= :today)
    JOIN pupils u ON u.id = m.pupil_id AND (u.left_on IS NULL OR u.left_on >= :today)
    ${viewer.holds('office') ? '' : 'WHERE t.id IN (SELECT value FROM json_each(:works))'}`,
  values: {
    today: viewer.today,
    adult: adultSince(viewer.today),
    ...(viewer.holds('office') ? {} : { works: works(viewer) }),
  },
})

/** All rows to these offices; to everybody else those that are their own. */
const openTo = (offices: Office[], table: keyof Tables, own = 'false'): Rule => {
  return viewer => ({
    sql: `SELECT * FROM ${table} WHERE ${viewer.holds(...offices) || own}`,
    values: { me: viewer.id },
  })
}

const adminOnly = (sql: string): Rule => {
  return viewer => ({ sql: `SELECT * FROM (${sql}) WHERE ${viewer.holds('admin')}`, values: { today: viewer.today } })
}

const rules: { [T in keyof Visible]: Rule } = {
  letters,
  slips: slipsOf('letters c'),
  current_slips: currentSlips,
  addressees,
  members: groupMembers,
  pupils,
  registrations: viewer =>
    viewer.holds('office')
      ? { sql: 'SELECT * FROM registrations', values: {} }
      : {
          // Where an address is blocked for somebody around the child, nobody learns from the portal who comes and goes.
          sql: `SELECT * FROM registrations WHERE pupil_id IN (SELECT value FROM json_each(:mine))
            AND NOT EXISTS (SELECT 1 FROM guardianships s WHERE s.pupil_id = registrations.pupil_id AND s.address_block = 1)`,
          values: { mine: mine(viewer) },
        },
  // Contact data and rights between adults and children are the office's; a guardian sees only the own links.
  guardians: openTo(['office'], 'guardians', 'account_id = :me'),
  guardianships: openTo(
    ['office'],
    'guardianships',
    'guardian_id IN (SELECT id FROM guardians WHERE account_id = :me)',
  ),
  registration_codes: openTo(['office'], 'registration_codes'),
  group_pupils: viewer =>
    viewer.holds('office')
      ? { sql: 'SELECT * FROM group_pupils', values: {} }
      : {
          sql: `SELECT * FROM group_pupils WHERE pupil_id IN (SELECT value FROM json_each(:mine))
            OR group_id IN (SELECT value FROM json_each(:works))`,
          values: { mine: mine(viewer), works: works(viewer) },
        },
  group_staff: openTo(['office', 'admin'], 'group_staff', 'account_id = :me'),
  group_sizes: adminOnly(`SELECT m.group_id, count(*) AS pupils FROM group_pupils m JOIN pupils u ON u.id = m.pupil_id
    WHERE m.from_on <= :today AND coalesce(m.until_on, :today) >= :today AND coalesce(u.left_on, :today) >= :today
    GROUP BY m.group_id`),
  accounts: adminOnly(
    'SELECT id, given_name, family_name FROM accounts WHERE id IN (SELECT account_id FROM appointments)',
  ),
  appointments: openTo(['admin'], 'appointments', 'account_id = :me'),
  invitations: adminOnly(`SELECT i.*, (SELECT expires_at FROM registration_codes
    WHERE invitation_id = i.id AND used_at IS NULL AND revoked_at IS NULL) AS expires_at FROM invitations i`),
  case_notices: viewer => ({
    sql: `SELECT id, case_id, number, category, result, offices, from_on, until_on, sealed, account_id, way, closed_at,
        due_on, told_at, shredded_at, reply, replied_at, read_at
      FROM case_notices WHERE account_id = :me AND told_at IS NOT NULL`,
    values: { me: viewer.id },
  }),
  sent_notices: viewer => ({
    sql: `SELECT * FROM case_notices WHERE execution IS NULL AND :auditor = 'yes' AND :me IN (requester_id, reviewer_id)`,
    values: { me: viewer.id, auditor: viewer.holds('auditor') ? 'yes' : 'no' },
  }),
  concerned,
  imports: openTo(['office'], 'imports'),
  import_files: openTo(['office'], 'import_files'),
  ties,
  auditor_ties: auditorTies,
  case_subjects: caseSubjects,
  locks,
  lockable,
  disclosures: openTo(['auditor'], 'disclosures', 'account_id = :me'),
  auditor_invitations: auditorInvitations,
  auditor_suspensions: auditorSuspensions,
  appointable,
  endorsements: openTo(['auditor', 'observer', 'head'], 'endorsements'),
  factors: viewer => ({
    sql: 'SELECT id, kind, name, created_at, used_at FROM factors WHERE account_id = :me',
    values: { me: viewer.id },
  }),
  recovery_codes: viewer => ({
    sql: 'SELECT created_at, noted_at, used_at FROM recovery_codes WHERE account_id = :me',
    values: { me: viewer.id },
  }),
  factor_losses: viewer => ({
    sql: `SELECT l.*, a.given_name || ' ' || a.family_name AS name, n.given_name || ' ' || n.family_name AS named_by_name
      FROM factor_losses l JOIN accounts a ON a.id = l.account_id JOIN accounts n ON n.id = l.named_by
      WHERE ${viewer.holds('admin', 'head')}`,
    values: {},
  }),
  sessions: viewer => ({
    sql: `SELECT public_id, lower(hex(substr(id_hash, 1, 8))) AS mark, account_id, epoch, agent, network, created_at, seen_at, expires_at
      FROM sessions WHERE account_id = :me`,
    values: { me: viewer.id },
  }),
}

function mine(viewer: Viewer): string {
  return ids(viewer.pupils.map(pupil => pupil.id))
}

/** Groups the viewer works in or leads. */
function works(viewer: Viewer): string {
  return ids([...new Set([...viewer.works, ...viewer.leads])])
}

/** `<group id> <part>` for everything the viewer belongs to, directly or through a child. */
function belongs(viewer: Viewer): string {
  return ids([
    ...new Set([
      ...viewer.places.map(place => `${place.group} ${place.part}`),
      ...viewer.works.map(group => `${group} staff`),
    ]),
  ])
}

/**
 * The part of a table that exists for this viewer; lists and finders both start here, so they cannot disagree.
 *
 * Nothing else in the house knows who may see what. Ranks open no content: the office sees the roll because
 * keeping it is its work, and no letter.
 */
export function visibleTo<T extends keyof Visible>(
  viewer: Viewer,
  table: T,
): Knex.QueryBuilder<Visible[T], Visible[T][]> {
  const rule = rules[table](viewer)
  const door = Viewer.door(viewer)
  return door.from(door.raw(`(${rule.sql}) AS ${table}`, rule.values)) as Knex.QueryBuilder<Visible[T], Visible[T][]>
}
