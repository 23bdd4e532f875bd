import type { Rule } from './visibility.ts'

/** An address or a name as it is compared: however it is spelt and wherever lines end. */
const folded = (text: string) =>
  `replace(replace(replace(replace(replace(replace(replace(replace(lower(${text}), char(10), ''), ' ', ''), ',', ''), '·', ''), 'ß', 'ss'), 'Ä', 'ä'), 'Ö', 'ö'), 'Ü', 'ü')`
const street = (address: string) => `replace(replace(${folded(address)}, 'strasse', 'str'), 'str.', 'str')`

/** The same name, however it is spelt: whoever has two accounts has them under one. */
const named = (table: string) => folded(`${table}.given_name || ${table}.family_name`)

/**
 * What ties each of these accounts (`people` selects their ids as `who`) to others, whatever rights go with it and
 * whether it has ended: who is too close may not look. Somebody of the same name counts as the same person. Each step is
 * materialized: made anew for every row of the next, this took seconds in a large school.
 */
const tiesOf = (people: string): string => `WITH people_asked AS MATERIALIZED (${people}),
      asked AS MATERIALIZED (SELECT who, ${named('a')} AS name FROM people_asked JOIN accounts a ON a.id = who),
      selves AS MATERIALIZED (SELECT who, who AS id, 'self' AS tie FROM asked
        UNION ALL SELECT who, a.id, 'namesake' FROM accounts a JOIN asked ON asked.name = ${named('a')} AND a.id <> who),
      own AS MATERIALIZED (SELECT who, g.id, g.address FROM selves JOIN guardians g ON g.account_id = selves.id
        UNION SELECT who, g.id, g.address FROM guardians g JOIN asked ON asked.name = ${named('g')}),
      pupils_self AS MATERIALIZED (SELECT who, p.id FROM selves JOIN pupils p ON p.account_id = selves.id),
      children AS MATERIALIZED (SELECT who, s.pupil_id AS id FROM own JOIN guardianships s ON s.guardian_id = own.id),
      around AS MATERIALIZED (SELECT who, s.guardian_id AS id FROM guardianships s
        JOIN (SELECT * FROM children UNION SELECT * FROM pupils_self) c ON c.id = s.pupil_id),
      homes AS MATERIALIZED (SELECT who, ${street('address')} AS home FROM (SELECT who, address FROM own
        UNION SELECT who, g.address FROM pupils_self u JOIN guardianships s ON s.pupil_id = u.id JOIN guardians g ON g.id = s.guardian_id)
        WHERE trim(coalesce(address, '')) <> ''),
      housemates AS MATERIALIZED (SELECT DISTINCT who, g.id, g.account_id FROM guardians g JOIN homes ON home = ${street("coalesce(g.address, '')")}),
      housed AS MATERIALIZED (SELECT who, s.pupil_id AS id FROM housemates h JOIN guardianships s ON s.guardian_id = h.id),
      people AS MATERIALIZED (
        SELECT who, id, tie FROM selves
        UNION SELECT who, g.account_id, 'child' FROM around r JOIN guardians g ON g.id = r.id WHERE g.account_id IS NOT NULL
        UNION SELECT who, p.account_id, 'child' FROM children c JOIN pupils p ON p.id = c.id WHERE p.account_id IS NOT NULL
        UNION SELECT who, account_id, 'household' FROM housemates WHERE account_id IS NOT NULL
        UNION SELECT who, p.account_id, 'household' FROM housed h JOIN pupils p ON p.id = h.id WHERE p.account_id IS NOT NULL
      ),
      tied_pupils AS MATERIALIZED (
        SELECT who, id, 'self' AS tie FROM pupils_self
        UNION SELECT who, id, 'child' FROM children
        UNION SELECT who, id, 'household' FROM housed
      )
    SELECT who, 'account' AS kind, id, tie FROM people
    UNION ALL SELECT who, 'pupil', id, tie FROM tied_pupils
    UNION ALL SELECT who, 'letter', l.id, iif(tie = 'self', 'author', tie) FROM letters l JOIN people ON people.id = l.author_id
    ${['receipts', 'replies'].map(readersOf).join(' ')}`

/** Whoever has opened or answered a letter is in its report, and so is the child that they did it for. */
const readersOf = (table: string) =>
  ['people ON people.id = t.account_id', 'tied_pupils ON tied_pupils.id = t.pupil_id']
    .map(
      close =>
        `UNION ALL SELECT who, 'letter', t.letter_id, iif(tie = 'self', 'reader', tie) FROM ${table} t JOIN ${close}`,
    )
    .join(' ')

/** Only the viewer's own ties. */
export const ties: Rule = viewer => ({
  sql: `SELECT kind, id, tie FROM (${tiesOf('SELECT :me AS who')})`,
  values: { me: viewer.id },
})

/** Those of everybody who is or was an auditor: papers about their own people are not sealed to them. */
export const auditorTies: Rule = viewer => ({
  sql: `SELECT who AS auditor, kind, id, tie
    FROM (${tiesOf("SELECT DISTINCT account_id AS who FROM appointments WHERE office = 'auditor'")}) WHERE ${viewer.holds('auditor')}`,
  values: {},
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
