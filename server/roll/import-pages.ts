import type { Viewer } from '../people/viewer.ts'
import { office } from '../people/who.ts'
import type { FormError } from '../web/form.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { largestFile } from './decode.ts'
import { type OpenedFile, openFile } from './files.ts'
import { checkLeaving, checkUploads, readCaptions } from './form.ts'
import { outcomeOf, previewLocals, resultLocals } from './import-shown.ts'
import {
  decideImport,
  findImport,
  finishImport,
  type Import,
  type ImportOptions,
  listImportFiles,
  storeUpload,
} from './import-store.ts'
import { importFiles, RollChanged } from './importing.ts'
import { loadRoll } from './known-store.ts'
import { mappingLocals } from './mapping-shown.ts'
import type { ReadFile } from './plan.ts'
import { makePlan } from './planning.ts'

/** A file of the school's administration program goes in: upload, columns, preview, application. */
export const importing = new Pages()

const uploads = { fileBytes: largestFile, files: 4 }

importing.get('/roll/imports/new', { who: office, action: 'roll.import.upload' }, page =>
  page.render('roll/import-new', { megabytes: largestFile / 1024 / 1024, files: uploads.files }),
)

importing.post('/roll/imports', { who: office, action: 'roll.import.upload', uploads }, async page => {
  const checked = checkUploads(page.form)
  if (!checked.ok) {
    return page.refuse(
      'roll/import-new',
      { megabytes: largestFile / 1024 / 1024, files: uploads.files },
      checked.errors,
    )
  }
  page.detail('files', checked.input.length)
  const id = await page.change(change => storeUpload(change, checked.input))
  page.redirect(`/roll/imports/${id}`)
})

async function openImport(page: Page<Viewer>): Promise<{ found: Import; opened: OpenedFile[] }> {
  const found = (await findImport(page.viewer, page.params.id ?? '')) ?? page.throw(404)
  page.concerns('import', found.id)
  const files = await listImportFiles(page.viewer, found.id)
  if (files.length === 0 && !found.applied_at) page.throw(404)
  const opened = files.map(({ name, bytes }, position) =>
    openFile(position, name, bytes, found.options.captions[position] ?? null),
  )
  return { found, opened }
}

function readFiles(opened: readonly OpenedFile[]): ReadFile[] {
  return opened.flatMap(file => (file.state === 'read' ? [file.file] : []))
}

function planned(page: Page<Viewer>, found: Import, opened: readonly OpenedFile[]) {
  const files = readFiles(opened)
  return loadRoll(page.viewer, new Date(page.house.clock.now()).toISOString()).then(roll => {
    const plan = makePlan(files, roll, { complete: found.options.complete, custody: found.options.custody })
    page.detail('rows', plan.rows.read)
    return { plan, locals: previewLocals(page.context.state.language, found.id, files, plan) }
  })
}

importing.get('/roll/imports/:id', { who: office, action: 'roll.import.preview' }, async page => {
  const { found, opened } = await openImport(page)
  const { language } = page.context.state
  if (found.outcome) {
    const batch = page.query('codes')
    const known = batch !== null && page.house.codeBatches.find(page.viewer.id, batch) !== undefined
    return page.render('roll/import-result', resultLocals(language, found.outcome, known ? batch : null))
  }
  const unmapped = opened.findIndex(file => file.state !== 'read')
  if (unmapped >= 0) return page.render('roll/import-map', mappingLocals(language, found.id, opened, unmapped))
  page.render('roll/import-preview', (await planned(page, found, opened)).locals)
})

importing.post('/roll/imports/:id/mapping', { who: office, action: 'roll.import.map' }, async page => {
  const { found } = await openImport(page)
  const files = await listImportFiles(page.viewer, found.id)
  const position = Number(page.form.text('file'))
  const file = files[position] ?? page.throw(404)
  const captions = readCaptions(page.form)
  const opened = openFile(position, file.name, file.bytes, captions)
  if (opened.state !== 'read') {
    const refusal = opened.state === 'unmapped' && opened.refusal
    const error: FormError = refusal
      ? { field: 'map_pupil_id', key: refusal.key, values: { ...refusal.values, file: file.name } }
      : { field: 'map_pupil_id', key: 'roll.file.mapping', values: { file: file.name } }
    return page.refuse('roll/import-map', mappingLocals(page.context.state.language, found.id, [opened], 0, position), [
      error,
    ])
  }
  const options: ImportOptions = { ...found.options, captions: { ...found.options.captions, [position]: captions } }
  await page.change(change => decideImport(change, found.id, options))
  page.redirect(`/roll/imports/${found.id}`)
})

importing.post('/roll/imports/:id/options', { who: office, action: 'roll.import.map' }, async page => {
  const { found } = await openImport(page)
  const options: ImportOptions = {
    ...found.options,
    complete: page.form.all('options').includes('complete'),
    custody: page.form.all('options').includes('confirm-all') ? 'confirm-all' : 'as-in-file',
  }
  await page.change(change => decideImport(change, found.id, options))
  page.redirect(`/roll/imports/${found.id}`, 'options')
})

importing.post(
  '/roll/imports/:id/application',
  { who: office, action: 'roll.import.apply', fresh: true },
  async page => {
    const { found, opened } = await openImport(page)
    if (found.applied_at) return page.redirect(`/roll/imports/${found.id}`)
    if (opened.some(file => file.state !== 'read')) page.throw(409)
    const { plan, locals } = await planned(page, found, opened)
    const errors = checkLeaving(page.form, plan.pupils.leaving.length)
    if (errors.length > 0) return page.refuse('roll/import-preview', locals, errors)
    try {
      const batch = await page.change(async change => {
        const { complete, custody } = found.options
        const done = await importFiles(
          change,
          page.house,
          readFiles(opened),
          { complete, custody },
          { previewed: page.form.text('state'), withCodes: true },
        )
        const outcome = outcomeOf(done.plan, done.codes.length)
        if (!(await finishImport(change, found.id, done.plan.stateHash, outcome))) page.throw(409)
        page.detail('codes', done.codes.length)
        return done.codes.length > 0 ? page.house.codeBatches.keep(page.viewer.id, done.codes) : null
      })
      page.redirect(`/roll/imports/${found.id}${batch ? `?codes=${batch}` : ''}`, 'applied')
    } catch (error) {
      if (!(error instanceof RollChanged)) throw error
      page.refuse('roll/import-preview', locals, [{ field: 'apply', key: 'roll.import.changed' }])
    }
  },
)
