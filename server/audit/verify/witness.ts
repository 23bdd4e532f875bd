import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseNote, splitNotes } from '../formats/note.ts'
import { NotChecked } from './rows.ts'

/** A note that somebody else kept. One of many in a folder may be of another log; one that was named may not. */
export interface Witness {
  readonly name: string
  readonly note: string
  readonly fromFolder: boolean
}

export interface Witnesses {
  readonly notes: readonly Witness[]
  readonly hints: readonly string[]
}

const longestFile = 1_000_000
const most = 10_000

/**
 * Reads files, or folders of them. `own`: the folder that the settings name, which may be away or still empty. Whoever
 * can write there is not trusted: it may hold anything, and any amount of it.
 */
export function readWitnesses(paths: readonly string[], own: string | null): Witnesses {
  const reader = new Reader()
  for (const path of paths) {
    const before = reader.found
    if (!statSync(path).isDirectory()) reader.readNamed(path)
    else reader.readFolder(path)
    if (reader.found === before) throw new NotChecked(`Zeuge ${path} enthält keine Notiz`)
  }
  if (own !== null) reader.readOwn(own)
  return { notes: [...reader.notes.values()], hints: reader.hints }
}

class Reader {
  readonly notes = new Map<string, Witness>()
  readonly hints: string[] = []
  /** With those that were there already. */
  found = 0
  #files = 0

  #add(text: string, name: string, fromFolder: boolean): boolean {
    const notes = splitNotes(text).filter(note => parseNote(note))
    this.found += notes.length
    for (const note of notes) if (!this.notes.has(note)) this.notes.set(note, { name, note, fromFolder })
    if (this.notes.size > most) throw new NotChecked(`Es wurden mehr als ${most} Notizen vorgelegt`)
    return notes.length > 0
  }

  readNamed(path: string): void {
    const text = readSmall(path)
    if (text === null) throw new NotChecked(`Zeuge ${path} ist keine Datei von höchstens 1 MB`)
    this.#add(text, path, false)
  }

  readFolder(folder: string): void {
    let skipped = 0
    for (const name of readdirSync(folder).sort()) {
      if (name.startsWith('.')) continue
      this.#files += 1
      if (this.#files > most) throw new NotChecked(`In ${folder} liegen mehr als ${most} Dateien`)
      const path = join(folder, name)
      const text = readAny(path)
      if (text === null || !this.#add(text, path, true)) skipped += 1
    }
    if (skipped > 0) this.hints.push(`In ${folder} wurden übergangen, weil ohne lesbare Notiz: ${skipped}.`)
  }

  readOwn(folder: string): void {
    const before = this.found
    try {
      this.readFolder(folder)
    } catch (error) {
      if (error instanceof NotChecked) throw error
      this.hints.push('Der Zeugenordner aus den Einstellungen ist nicht erreichbar.')
      return
    }
    if (this.found === before) this.hints.push('Im Zeugenordner aus den Einstellungen liegt noch keine Notiz.')
  }
}

function readAny(path: string): string | null {
  try {
    return readSmall(path)
  } catch {
    // A link to nowhere, or a file of somebody else: counted by the caller.
    return null
  }
}

/** The text of a regular file; null for anything that could keep us waiting or fill the memory. */
function readSmall(path: string): string | null {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(file).isFile()) return null
    const bytes = Buffer.alloc(longestFile + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null)
    return length > longestFile ? null : bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}
