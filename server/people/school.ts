import type { House } from '../house.ts'
import { schoolFrom } from '../house.ts'
import type { Change } from '../storage/change.ts'
import type { DocumentKind, Tables } from '../storage/tables.ts'
import type { Checked, Form, FormError } from '../web/form.ts'

/** What an admin says about the school; it stands on every page. */
export type SchoolInput = Omit<Tables['school'], 'only' | 'demo'>

export const schoolFields = ['name', 'town', 'kind', 'address', 'office_name', 'office_phone', 'office_hours'] as const
const needed: readonly string[] = ['name', 'office_name', 'office_phone']
const longest = 120

export function checkSchool(form: Form): Checked<SchoolInput> {
  const errors: FormError[] = []
  const typed = Object.fromEntries(
    schoolFields.map(field => [field, form.text(field).trim()]),
  ) as unknown as SchoolInput
  for (const field of schoolFields) {
    if (needed.includes(field) && typed[field] === '') errors.push({ field, key: 'school.missing' })
    if (typed[field].length > longest) errors.push({ field, key: 'school.long', values: { most: longest } })
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, input: typed }
}

/** Writes who the school is. What the demo says of itself stays. */
export async function describeSchool(change: Change, input: SchoolInput): Promise<void> {
  await change
    .write('school')
    .insert({ only: 1, ...input, demo: 0 })
    .onConflict('only')
    .merge([...schoolFields])
}

/** Takes the description that is stored now for the pages that follow. */
export async function readSchool(house: House): Promise<void> {
  house.school.current = schoolFrom(await house.database.reader<Tables['school']>('school').first())
}

const longestText = 50_000

export function checkDocument(form: Form): Checked<{ kind: DocumentKind; text: string }> {
  const kind = form.text('kind') === 'privacy' ? 'privacy' : 'terms'
  const text = form.text('text').trim()
  if (text === '') return { ok: false, errors: [{ field: kind, key: 'school.text-missing' }] }
  if (text.length > longestText)
    return { ok: false, errors: [{ field: kind, key: 'school.long', values: { most: longestText } }] }
  return { ok: true, input: { kind, text } }
}

/** Puts the next version of a text into force from today; everybody is asked to accept it at their next page. */
export async function issueDocument(change: Change, kind: DocumentKind, text: string): Promise<void> {
  const last = await change.write('documents').where({ kind }).max({ version: 'version' }).first()
  const version = Number(last?.version ?? 0) + 1
  await change.write('documents').insert({ kind, version, text, in_force_from: change.today })
}
