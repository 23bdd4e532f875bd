import type { Custody } from '../storage/tables.ts'

/** What a column of a file can hold. The names are those of `--map field=Column`. */
export const fields = [
  'pupil_id',
  'pupil_given_name',
  'pupil_call_name',
  'pupil_family_name',
  'pupil_born_on',
  'pupil_class',
  'pupil_leaves_on',
  'guardian_given_name',
  'guardian_family_name',
  'guardian_email',
  'guardian_phone',
  'guardian_address',
  'guardian_street',
  'guardian_postcode',
  'guardian_town',
  'guardian_custody',
  'guardian2_given_name',
  'guardian2_family_name',
  'guardian2_email',
  'guardian2_phone',
  'guardian2_address',
  'guardian2_street',
  'guardian2_postcode',
  'guardian2_town',
  'guardian2_custody',
] as const

export type Field = (typeof fields)[number]

/** For each field the index of its column. */
export type Mapping = Readonly<Partial<Record<Field, number>>>

/** A pupil as one row says. Days are `YYYY-MM-DD`; null is what the row does not say. */
export interface PupilFact {
  readonly external_id: string | null
  readonly given_name: string
  readonly family_name: string
  readonly born_on: string | null
  readonly class: string | null
  readonly leaves_on: string | null
}

/** A guardian of this row's child. */
export interface GuardianFact {
  readonly given_name: string
  readonly family_name: string
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly custody: Custody
  /** In the file: which of the row's guardians. */
  readonly place: 'guardian' | 'guardian2'
}

/** The child that a row of guardians is about. */
export interface ChildReference {
  readonly external_id: string | null
  readonly given_name: string
  readonly family_name: string
  readonly born_on: string | null
}

export interface RowFacts {
  readonly file: number
  readonly row: number
  readonly shape: 'even' | 'short' | 'long'
  /** The cells that are read, without blanks around them. */
  readonly values: Readonly<Partial<Record<Field, string>>>
  /** Cells as they stand in the file where a spreadsheet would take them for a formula, by field. */
  readonly formulas: readonly (Field | null)[]
  readonly child: ChildReference
  /** Null in a file that lists guardians only. */
  readonly pupil: PupilFact | null
  readonly guardians: readonly GuardianFact[]
}

const dayForms: readonly (readonly [RegExp, (parts: string[]) => string])[] = [
  [/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/, ([, day = '', month = '', year]) => `${year}-${pad(month)}-${pad(day)}`],
  [/^(\d{4})-(\d{2})-(\d{2})$/, ([, year, month, day]) => `${year}-${month}-${day}`],
  [/^(\d{4})(\d{2})(\d{2})$/, ([, year, month, day]) => `${year}-${month}-${day}`],
]

function pad(number: string): string {
  return number.padStart(2, '0')
}

/** A day written as 14.03.2015, 2015-03-14 or 20150314, or undefined where there is no such day. */
export function parseDay(text: string): string | undefined {
  const date = text.replace(/[ T]0{1,2}:00(:00)?$/, '')
  for (const [form, build] of dayForms) {
    const parts = form.exec(date)
    if (!parts) continue
    const day = build(parts)
    const time = new Date(`${day}T12:00:00Z`)
    return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day) ? day : undefined
  }
  return undefined
}

/** The form in which names are compared: case and blanks do not matter, everything else does. */
export function foldName(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim()
}

export function fullName(person: { readonly given_name: string; readonly family_name: string }): string {
  return `${person.given_name} ${person.family_name}`
}

/** One key for a person's whole name. */
export function nameKey(person: { readonly given_name: string; readonly family_name: string }): string {
  return `${foldName(person.family_name)}\t${foldName(person.given_name)}`
}

/** `5A`, `05a` and `5 a` are one class. */
export function classKey(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/^0+(?=\d)/, '')
}

export function foldMail(text: string): string {
  return text.trim().toLowerCase()
}

/** Digits only, with the German prefix as 0: `+49 151 1` and `0151 1` are one number. */
export function foldPhone(text: string): string {
  return text.replace(/^\s*(\+|00)49\s*(\(0\))?/, '0').replace(/\D/g, '')
}

export function foldAddress(text: string): string {
  return foldName(text)
    .replace(/str(aße|asse|\.)/g, 'str')
    .replace(/[\s.,]/g, '')
}
