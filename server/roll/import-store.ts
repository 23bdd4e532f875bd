import { hash } from 'node:crypto'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Change } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { CaptionOf } from './files.ts'
import type { PlanOptions } from './plan.ts'

/** What the office has decided about an import so far. */
export interface ImportOptions extends PlanOptions {
  /** For a file whose layout is not known, by its position: which column holds what. */
  readonly captions: Readonly<Record<string, CaptionOf>>
}

/** What an import came to, in numbers; no names stay behind. */
export interface Outcome {
  readonly pupils: {
    readonly new: number
    readonly changed: number
    readonly unchanged: number
    readonly leaving: number
  }
  readonly guardians: { readonly new: number; readonly changed: number }
  readonly guardianships: { readonly new: number; readonly doubtful: number }
  readonly classes: number
  readonly custody: { readonly yes: number; readonly no: number; readonly unknown: number }
  readonly rows: { readonly read: number; readonly leftOut: number }
  readonly codes: number
}

export interface Import {
  readonly id: string
  readonly options: ImportOptions
  readonly outcome: Outcome | null
  readonly applied_at: string | null
}

/** Keeps the files between the preview and the decision. */
export async function storeUpload(
  change: Change,
  uploads: readonly { readonly name: string; readonly bytes: Buffer }[],
): Promise<string> {
  const id = newId()
  const options: ImportOptions = { complete: false, custody: 'as-in-file', captions: {} }
  await change
    .write('imports')
    .insert({ id, account_id: change.id, created_at: change.at, options: JSON.stringify(options) })
  for (const [position, { name, bytes }] of uploads.entries()) {
    const sha256 = hash('sha256', bytes, 'buffer')
    await change.write('import_files').insert({ import_id: id, position, name: name.slice(-100), bytes, sha256 })
  }
  return id
}

export async function findImport(viewer: Viewer, id: string): Promise<Import | undefined> {
  const [row] = await visibleTo(viewer, 'imports').where({ id })
  if (!row) return undefined
  return {
    id,
    options: JSON.parse(row.options) as ImportOptions,
    outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as Outcome),
    applied_at: row.applied_at,
  }
}

/** The files as they were uploaded; none once the import is done or a day old. */
export async function listImportFiles(viewer: Viewer, id: string): Promise<{ name: string; bytes: Buffer }[]> {
  return visibleTo(viewer, 'import_files').select('name', 'bytes').where({ import_id: id }).orderBy('position')
}

export async function decideImport(change: Change, id: string, options: ImportOptions): Promise<void> {
  await change
    .write('imports')
    .where({ id })
    .whereNull('applied_at')
    .update({ options: JSON.stringify(options) })
}

/** Notes that the import is done and forgets its files. Refuses a second time. */
export async function finishImport(change: Change, id: string, state_hash: string, outcome: Outcome): Promise<boolean> {
  const finished = await change
    .write('imports')
    .where({ id })
    .whereNull('applied_at')
    .update({ applied_at: change.at, state_hash, outcome: JSON.stringify(outcome) })
  await change.write('import_files').where({ import_id: id }).delete()
  return finished === 1
}
