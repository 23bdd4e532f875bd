import { hash } from 'node:crypto'
import { decode, type Encoding, FileRefused } from './decode.ts'
import type { Field, Mapping } from './facts.ts'
import type { ReadFile } from './plan.ts'
import { mapColumns, recognise } from './profiles.ts'
import { propose } from './proposals.ts'
import { readFacts } from './reading.ts'
import { readTable, type Table } from './table.ts'

/** For each field the caption of its column. */
export type CaptionOf = Readonly<Partial<Record<Field, string>>>

export type OpenedFile =
  | { readonly state: 'read'; readonly name: string; readonly file: ReadFile; readonly table: Table }
  /** A table whose columns nobody has explained yet. */
  | {
      readonly state: 'unmapped'
      readonly name: string
      readonly table: Table
      readonly proposal: Mapping
      readonly refusal: FileRefused | null
    }
  | { readonly state: 'refused'; readonly name: string; readonly refusal: FileRefused }

/** Reads one file as far as it can be read. `captionOf` says what its columns mean where its layout is not known. */
export function openFile(position: number, name: string, bytes: Uint8Array, captionOf: CaptionOf | null): OpenedFile {
  let decoded: { text: string; encoding: Encoding }
  let table: Table
  try {
    decoded = decode(bytes)
    table = readTable(decoded.text)
  } catch (error) {
    if (error instanceof FileRefused) return { state: 'refused', name, refusal: error }
    throw error
  }
  try {
    const recognised = recognise(table.header) ?? (captionOf && mapColumns(table.header, captionOf))
    if (!recognised) return { state: 'unmapped', name, table, proposal: propose(table.header), refusal: null }
    const file = {
      name,
      sha256: hash('sha256', bytes),
      encoding: decoded.encoding,
      delimiter: table.delimiter,
      profile: recognised.profile,
      facts: readFacts(position, table, recognised),
    }
    return { state: 'read', name, file, table }
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
    if (captionOf) return { state: 'unmapped', name, table, proposal: propose(table.header), refusal: error }
    return { state: 'refused', name, refusal: error }
  }
}
