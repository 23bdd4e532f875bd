import type { Rule } from './visibility.ts'

/** An address as it is compared: however the street is spelt and wherever lines end. */
const folded = (address: string) =>
  `replace(replace(replace(replace(replace(replace(replace(replace(lower(${address}), char(10), ''), ' ', ''), ',', ''), '·', ''), 'ß', 'ss'), 'Ä', 'ä'), 'Ö', 'ö'), 'Ü', 'ü')`
const street = (address: string) => `replace(replace(${folded(address)}, 'strasse', 'str'), 'str.', 'str')`

/** Only the viewer's own ties, whatever rights go with them and whether they have ended: who is too close may not look. */
export const ties: Rule = viewer => ({
  sql: `WITH own AS (SELECT id, address FROM guardians WHERE account_id = :me),
      self AS (SELECT id FROM pupils WHERE account_id = :me),
      children AS (SELECT pupil_id AS id FROM guardianships WHERE guardian_id IN (SELECT id FROM own)),
      around AS (SELECT guardian_id AS id FROM guardianships WHERE pupil_id IN (SELECT id FROM children UNION SELECT id FROM self)),
      homes AS (SELECT ${street('address')} AS home FROM guardians
        WHERE trim(coalesce(address, '')) <> '' AND id IN (SELECT id FROM own
          UNION SELECT guardian_id FROM guardianships WHERE pupil_id IN (SELECT id FROM self))),
      housemates AS (SELECT id, account_id FROM guardians WHERE ${street("coalesce(address, '')")} IN (SELECT home FROM homes)),
      housed AS (SELECT pupil_id AS id FROM guardianships WHERE guardian_id IN (SELECT id FROM housemates)),
      people AS (
        SELECT :me AS id, 'self' AS tie
        UNION SELECT account_id, 'child' FROM guardians WHERE id IN (SELECT id FROM around)
        UNION SELECT account_id, 'child' FROM pupils WHERE id IN (SELECT id FROM children)
        UNION SELECT account_id, 'household' FROM housemates
        UNION SELECT account_id, 'household' FROM pupils WHERE id IN (SELECT id FROM housed)
      )
    SELECT 'account' AS kind, id, tie FROM people WHERE id IS NOT NULL
    UNION SELECT 'pupil', id, 'self' FROM self
    UNION SELECT 'pupil', id, 'child' FROM children
    UNION SELECT 'pupil', id, 'household' FROM housed
    UNION SELECT 'letter', l.id, iif(people.tie = 'self', 'author', people.tie) FROM letters l JOIN people ON people.id = l.author_id`,
  values: { me: viewer.id },
})

/** Every account by its name, with what tells two of the same name apart. */
export const accountsByName = `SELECT 'account' AS kind, a.id, a.given_name || ' ' || a.family_name AS name,
      (SELECT json_group_array(DISTINCT office) FROM appointments WHERE account_id = a.id AND from_on <= :today AND (until_on IS NULL OR until_on >= :today)) AS offices,
      (SELECT json_group_array(DISTINCT t.name) FROM groups t JOIN group_pupils m ON m.group_id = t.id
        AND m.from_on <= :today AND (m.until_on IS NULL OR m.until_on >= :today)
        WHERE t.kind = 'class' AND m.pupil_id IN (SELECT id FROM pupils WHERE account_id = a.id
          UNION SELECT s.pupil_id FROM guardianships s JOIN guardians g ON g.id = s.guardian_id WHERE g.account_id = a.id)) AS groups
    FROM accounts a`

/** A case may be about every account, child and letter; of each only what tells it from the others. */
export const caseSubjects: Rule = viewer => ({
  sql: `SELECT * FROM (
    ${accountsByName}
    UNION ALL
    SELECT 'pupil', p.id, p.given_name || ' ' || p.family_name, '[]',
      (SELECT json_group_array(DISTINCT t.name) FROM groups t JOIN group_pupils m ON m.group_id = t.id
        AND m.from_on <= :today AND (m.until_on IS NULL OR m.until_on >= :today) WHERE t.kind = 'class' AND m.pupil_id = p.id)
    FROM pupils p
    UNION ALL
    SELECT 'letter', id, number, '[]', '[]' FROM letters WHERE number IS NOT NULL
  ) WHERE ${viewer.holds('auditor')}`,
  values: { today: viewer.today },
})
