import type { TextValues } from '../web/i18n.ts'
import { type Field, foldMail, fullName, nameKey, parseDay, type RowFacts } from './facts.ts'
import { endsLikeFamilyName, isGivenName, isOnlyGivenName } from './given-names.ts'

export const problemKinds = {
  'address-broken': 'warning',
  'birth-impossible': 'stop',
  'child-left-out': 'stop',
  'child-unknown': 'stop',
  'class-broken': 'stop',
  'class-date': 'stop',
  'class-missing': 'warning',
  'contact-differs': 'warning',
  'custody-differs': 'warning',
  'date-impossible': 'stop',
  formula: 'stop',
  'formula-unread': 'warning',
  'id-exponent': 'stop',
  'id-lost-zero': 'stop',
  'id-missing': 'stop',
  'id-other': 'stop',
  'id-twice': 'stop',
  'id-used': 'stop',
  'link-doubtful': 'warning',
  'mail-format': 'warning',
  'mail-shared': 'warning',
  'name-broken': 'stop',
  'name-digits': 'stop',
  'name-lines': 'stop',
  'name-long': 'stop',
  'name-missing': 'stop',
  'names-swapped': 'stop',
  'names-swapped-perhaps': 'warning',
  'names-together': 'stop',
  'phone-letters': 'stop',
  'phone-words': 'warning',
  'row-long': 'stop',
  'row-short': 'warning',
} as const

export type ProblemKind = keyof typeof problemKinds

export interface Problem {
  readonly file: number
  readonly row: number
  readonly field: Field | null
  readonly kind: ProblemKind
  /** A row with a `stop` is left out; with a `warning` it goes in. */
  readonly severity: 'stop' | 'warning'
  /** The cell as it stands in the file. */
  readonly value: string
  /** What the sentence about it needs besides. */
  readonly values: TextValues
}

export function problem(
  at: { readonly file: number; readonly row: number },
  kind: ProblemKind,
  field: Field | null,
  value = '',
  values: TextValues = {},
): Problem {
  return { file: at.file, row: at.row, field, kind, severity: problemKinds[kind], value, values }
}

/** A row for which something stops, by file and row. */
export function rowKey(at: { readonly file: number; readonly row: number }): string {
  return `${at.file}:${at.row}`
}

/** The rows that are left out. */
export function stoppedRows(problems: readonly Problem[]): ReadonlySet<string> {
  return new Set(problems.filter(one => one.severity === 'stop').map(rowKey))
}

const broken = /\ufffd|[ÃÂÄÅ][\u0080-\u00bf‚„…†‡‰‹›ŒœŠšŸŽžƒˆ˜–—‘’“”•™€]|â€|\p{L}\?\p{L}/u
const classAsDate =
  /^\d{1,2}[.\-/ ]+(\d{1,2}[.\-/]\d{2,4}|jan|feb|mrz|mär|mar|apr|mai|may|jun|jul|aug|sep|okt|oct|nov|dez|dec)/i
const mailForm = /^[^\s@<>",;:()[\]\\]+@[^\s@<>",;:()[\]\\.]+(\.[^\s@<>",;:()[\]\\.]+)+$/
const longestName = 100

/** Whether a mail address can be written to as it stands. */
export function isMail(text: string): boolean {
  return mailForm.test(text) && text.length <= 254
}

/** How often names stand in the columns of given and of family names: the file's own evidence. */
export interface NameCounts {
  readonly given: ReadonlyMap<string, number>
  readonly family: ReadonlyMap<string, number>
}

/** What is wrong with one row by itself. */
export function checkRow(row: RowFacts, today: string): Problem[] {
  const found: Problem[] = []
  const say = (kind: ProblemKind, field: Field | null, values?: TextValues) =>
    found.push(problem(row, kind, field, field ? (row.values[field] ?? '') : '', values))
  if (row.shape === 'long') say('row-long', null)
  if (row.shape === 'short') say('row-short', null)
  for (const field of row.formulas) say(field ? 'formula' : 'formula-unread', field)
  for (const [field, text] of Object.entries(row.values) as [Field, string][]) {
    if (text === '' || row.formulas.includes(field)) continue
    const kind = checkCell(field, text, today)
    if (kind) say(kind, field)
  }
  for (const field of namesTogether(row)) say('names-together', field)
  if (row.pupil) {
    if (!row.pupil.given_name) say('name-missing', 'pupil_given_name')
    if (!row.pupil.family_name) say('name-missing', 'pupil_family_name')
    if (row.values.pupil_class === '') say('class-missing', 'pupil_class')
  }
  if (!row.child.external_id && (row.values.pupil_id !== undefined ? !row.child.born_on : !row.values.pupil_born_on)) {
    say('id-missing', row.values.pupil_id !== undefined ? 'pupil_id' : 'pupil_born_on')
  }
  for (const guardian of row.guardians) {
    if (!guardian.given_name) say('name-missing', `${guardian.place}_given_name`)
    if (!guardian.family_name) say('name-missing', `${guardian.place}_family_name`)
  }
  return found
}

/** Cells with `Mustermann;Max`; a comma only counts where the other name is missing: `Anna, Lena` may be two given names. */
function namesTogether(row: RowFacts): Field[] {
  const people = [...(row.pupil ? [{ ...row.pupil, place: 'pupil' as const }] : []), ...row.guardians]
  return people.flatMap(({ place, given_name, family_name }) =>
    (['given_name', 'family_name'] as const).flatMap(part => {
      const text = part === 'given_name' ? given_name : family_name
      const other = part === 'given_name' ? family_name : given_name
      return /\S[;|]\S?/.test(text) || (!other && /\S,\s*\S/.test(text)) ? [`${place}_${part}` as const] : []
    }),
  )
}

function checkCell(field: Field, text: string, today: string): ProblemKind | undefined {
  if (field === 'pupil_id') return /^\d+([.,]\d+)?e\+?\d+$/i.test(text) ? 'id-exponent' : undefined
  if (field.endsWith('_name')) return checkName(text)
  if (field === 'pupil_class')
    return broken.test(text) ? 'class-broken' : classAsDate.test(text) ? 'class-date' : undefined
  if (field === 'pupil_born_on') return isBirthday(parseDay(text), today) ? undefined : 'birth-impossible'
  if (field === 'pupil_leaves_on') return parseDay(text) ? undefined : 'date-impossible'
  if (field.endsWith('_email')) return isMail(text) ? undefined : 'mail-format'
  if (field.endsWith('_phone')) return checkPhone(text)
  if (/_(address|street|town)$/.test(field) && (broken.test(text) || /[\r\n]/.test(text))) return 'address-broken'
  return undefined
}

function checkName(text: string): ProblemKind | undefined {
  if (broken.test(text)) return 'name-broken'
  if (/\p{Cc}/u.test(text)) return 'name-lines'
  if (/\p{Nd}/u.test(text)) return 'name-digits'
  return text.length > longestName ? 'name-long' : undefined
}

/** Words beside a number are a remark; letters instead of one are another column's content. */
function checkPhone(text: string): ProblemKind | undefined {
  if (!/\p{L}/u.test(text)) return undefined
  return text.replace(/\D/g, '').length >= 5 ? 'phone-words' : 'phone-letters'
}

function isBirthday(day: string | undefined, today: string): boolean {
  return day !== undefined && day <= today && Number(day.slice(0, 4)) > Number(today.slice(0, 4)) - 100
}

export function countNames(rows: readonly RowFacts[]): NameCounts {
  const given = new Map<string, number>()
  const family = new Map<string, number>()
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const row of rows) {
    for (const person of [...(row.pupil ? [row.pupil] : []), ...row.guardians]) {
      const [familyName = '', givenName = ''] = nameKey(person).split('\t')
      count(given, givenName)
      count(family, familyName)
    }
  }
  return { given, family }
}

/**
 * Given and family name in each other's column.
 *
 * Certain where the child's family name stands as the guardian's given name, or where both names stand
 * elsewhere in the file the other way round, or where one is a known given name and the other ends as only
 * family names do. A known given name alone is a hint: some people are called Yusra Otto.
 */
export function checkNameOrder(row: RowFacts, childFamilyName: string | null, counts: NameCounts): Problem[] {
  const found: Problem[] = []
  const people = [
    ...(row.pupil ? [{ person: row.pupil, place: 'pupil' as const }] : []),
    ...row.guardians.map(person => ({ person, place: person.place })),
  ]
  for (const { person, place } of people) {
    const kind = nameOrder(person, place === 'pupil' ? null : childFamilyName, counts)
    if (kind) found.push(problem(row, kind, `${place}_given_name`, person.given_name, { other: person.family_name }))
  }
  return found
}

function nameOrder(
  person: { readonly given_name: string; readonly family_name: string },
  childFamilyName: string | null,
  counts: NameCounts,
): ProblemKind | undefined {
  const [family = '', given = ''] = nameKey(person).split('\t')
  if (!family || !given || family === given || isGivenName(given)) return undefined
  if (childFamilyName !== null && given === childFamilyName && family !== childFamilyName) return 'names-swapped'
  const familyIsGiven = isOnlyGivenName(family)
  const oftener = (name: string, here: NameCounts['given'], there: NameCounts['given']) =>
    (here.get(name) ?? 0) > (there.get(name) ?? 0)
  const givenIsFamily = oftener(given, counts.family, counts.given)
  const certain = givenIsFamily && (familyIsGiven || oftener(family, counts.given, counts.family))
  if (certain || (isGivenName(family) && endsLikeFamilyName(given))) return 'names-swapped'
  return familyIsGiven && (counts.given.get(given) ?? 0) <= 1 ? 'names-swapped-perhaps' : undefined
}

/** One mail address on people of different names. It stays with all of them; nobody is merged by it. */
export function checkMails(
  rows: readonly RowFacts[],
  known: readonly { readonly email: string | null; readonly given_name: string; readonly family_name: string }[],
): Problem[] {
  const owners = new Map<string, Map<string, string>>()
  const note = (mail: string, person: { given_name: string; family_name: string }) => {
    const names = owners.get(mail) ?? new Map<string, string>()
    owners.set(mail, names.set(nameKey(person), fullName(person)))
  }
  for (const person of known) if (person.email) note(foldMail(person.email), person)
  for (const row of rows) for (const person of row.guardians) if (person.email) note(foldMail(person.email), person)
  return rows.flatMap(row =>
    row.guardians.flatMap(person => {
      const names = person.email ? owners.get(foldMail(person.email)) : undefined
      if (!person.email || !names || names.size < 2) return []
      const others = [...names].filter(([key]) => key !== nameKey(person)).map(([, name]) => name)
      return [
        problem(row, 'mail-shared', `${person.place}_email`, person.email, {
          others: others.sort().slice(0, 3).join(', '),
        }),
      ]
    }),
  )
}
