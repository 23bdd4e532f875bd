import type { Custody } from '../storage/tables.ts'
import type { Checked, Form, FormError } from '../web/form.ts'
import { fields, parseDay } from './facts.ts'
import { type CaptionOf, type OpenedFile, openFile } from './files.ts'

/** The uploaded files, if every one of them can be read as a table. */
export function checkUploads(form: Form): Checked<{ name: string; bytes: Buffer }[]> {
  const uploads = form.uploads.filter(upload => upload.field === 'files')
  if (uploads.length === 0) return { ok: false, errors: [{ field: 'files', key: 'roll.import.no-file' }] }
  const errors = refusals(uploads.map(({ name, bytes }, position) => openFile(position, name, bytes, null)))
  return errors.length > 0 ? { ok: false, errors } : { ok: true, input: uploads }
}

function refusals(opened: readonly OpenedFile[]): FormError[] {
  return opened.flatMap(file =>
    file.state === 'refused'
      ? [{ field: 'files', key: file.refusal.key, values: { ...file.refusal.values, file: file.name } }]
      : [],
  )
}

/** Which column holds what, as chosen for one file; empty where nothing was chosen. */
export function readCaptions(form: Form): CaptionOf {
  return Object.fromEntries(
    fields.map(field => [field, form.text(`map_${field}`)]).filter(([, caption]) => caption !== ''),
  )
}

/** The children that are to leave must be counted by hand. */
export function checkLeaving(form: Form, leaving: number): FormError[] {
  return leaving === 0 || form.text('leaving').trim() === String(leaving)
    ? []
    : [{ field: 'leaving', key: 'roll.import.leaving-count', values: { count: leaving } }]
}

export interface GuardianshipInput {
  readonly custody: Custody
  readonly may_read: 0 | 1
  readonly may_act: 0 | 1
  readonly from_on: string
  readonly until_on: string | null
  readonly address_block: 0 | 1
}

/** The rights of a guardian. Whoever may act must be able to read. */
export function checkGuardianship(form: Form): Checked<GuardianshipInput> {
  const errors: FormError[] = []
  const custody = (['yes', 'no', 'unknown'] as const).find(value => value === form.text('custody'))
  const rights = form.all('rights')
  const from_on = parseDay(form.text('from_on').trim())
  const until = form.text('until_on').trim()
  const until_on = until === '' ? null : parseDay(until)
  if (!custody) errors.push({ field: 'custody', key: 'roll.guardianship.custody' })
  if (rights.includes('act') && !rights.includes('read'))
    errors.push({ field: 'rights', key: 'roll.guardianship.act-needs-read' })
  if (!from_on) errors.push({ field: 'from_on', key: 'roll.guardianship.day' })
  if (until_on === undefined) errors.push({ field: 'until_on', key: 'roll.guardianship.day' })
  if (from_on && until_on && until_on < from_on) errors.push({ field: 'until_on', key: 'roll.guardianship.order' })
  if (errors.length > 0 || !custody || !from_on || until_on === undefined) return { ok: false, errors }
  const bit = (set: boolean) => (set ? 1 : 0)
  return {
    ok: true,
    input: {
      custody,
      may_read: bit(rights.includes('read')),
      may_act: bit(rights.includes('act')),
      from_on,
      until_on,
      address_block: bit(form.text('address_block') === 'yes'),
    },
  }
}
