import type { Custody } from '../storage/tables.ts'
import { type Field, type GuardianFact, type Mapping, parseDay, type RowFacts } from './facts.ts'
import type { Recognised } from './profiles.ts'
import type { Row, Table } from './table.ts'

type Values = Partial<Record<Field, string>>

/** What the rows of a recognised table say, one by one. Judges nothing; that is for problems.ts. */
export function readFacts(file: number, table: Table, recognised: Recognised): RowFacts[] {
  const { mapping, only } = recognised
  const rows = only ? table.rows.filter(row => row.cells[only.column]?.trim().startsWith(only.word)) : table.rows
  return rows.map(row => readRow(file, row, mapping))
}

function readRow(file: number, row: Row, mapping: Mapping): RowFacts {
  const values: Values = {}
  const formulas: (Field | null)[] = []
  const read = new Set<number>()
  for (const [field, column] of Object.entries(mapping) as [Field, number][]) {
    const raw = row.cells[column] ?? ''
    read.add(column)
    values[field] = clean(raw)
    if (isFormula(raw, field)) formulas.push(field)
  }
  if (row.cells.some((cell, column) => !read.has(column) && /^['\s]*[=@＝＠]./u.test(cell))) formulas.push(null)
  const child = {
    external_id: values.pupil_id || null,
    given_name: values.pupil_call_name || values.pupil_given_name || '',
    family_name: values.pupil_family_name ?? '',
    born_on: dayOf(values.pupil_born_on),
  }
  return {
    file,
    row: row.number,
    shape: row.shape,
    values,
    formulas,
    child,
    pupil:
      mapping.pupil_family_name === undefined
        ? null
        : { ...child, class: values.pupil_class || null, leaves_on: dayOf(values.pupil_leaves_on) },
    guardians: [guardian('guardian', values), guardian('guardian2', values)].filter(found => found !== null),
  }
}

/** Without blanks around, without the apostrophe that spreadsheets put before what should stay text. */
function clean(raw: string): string {
  const text = raw
    .normalize('NFC')
    .trim()
    .replace(/^'(?=[=+\-@\d])/, '')
    .trim()
    .replace(/[ \u00a0]+/g, ' ')
  return /^[-–—]+$/.test(text) ? '' : text
}

/** Whether a spreadsheet would compute this cell. A number with +49 is a phone, not a sum. */
function isFormula(raw: string, field: Field): boolean {
  if (/^[\t\r]/.test(raw) && raw.trim() !== '') return true
  const text = clean(raw)
  if (field.endsWith('_phone') && /^[+＋][\d\s()/-]+$/.test(text)) return false
  return /^[=+\-@＝＋－＠]/u.test(text)
}

function dayOf(text: string | undefined): string | null {
  return (text && parseDay(text)) || null
}

function guardian(place: GuardianFact['place'], values: Values): GuardianFact | null {
  const value = (name: string) => values[`${place}_${name}` as Field] || null
  const town = [value('postcode'), value('town')].filter(part => part !== null).join(' ')
  const address = value('address') ?? ([value('street'), town || null].filter(part => part !== null).join(', ') || null)
  const given_name = value('given_name') ?? ''
  const family_name = value('family_name') ?? ''
  const contact = { email: value('email'), phone: value('phone'), address }
  if (!given_name && !family_name && !contact.email && !contact.phone) return null
  return { given_name, family_name, ...contact, custody: custodyOf(values[`${place}_custody` as Field]), place }
}

/** A column that says who has custody leaves a person without it empty; no such column says nothing. */
function custodyOf(text: string | undefined): Custody {
  if (text === undefined) return 'unknown'
  return text === '' || /^(n|nein|no|0|f|false|falsch|kein|keine|ohne)$/i.test(text) ? 'no' : 'yes'
}
