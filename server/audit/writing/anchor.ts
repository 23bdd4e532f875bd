import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/**
 * The last note that was signed, beside the database: who puts an older database in its place is noticed at the next
 * start. It lies on the same disk, so it stops mistakes, not root; against root there are witnesses.
 */
export interface Anchor {
  read(): string | null
  write(note: string): Promise<void>
  /** Puts a note aside that the log no longer goes on from. */
  keep(note: string, generation: number): Promise<void>
  /** The highest generation before which a note was put aside; 1 where none was. */
  highest(): number
}

function writeDurably(folder: string, name: string, text: string): void {
  const draft = join(folder, `${name}.new`)
  const file = openSync(draft, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, join(folder, name))
  const directory = openSync(folder, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

export function anchorIn(folder: string): Anchor {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const last = join(folder, 'last')
  return {
    read: () => (existsSync(last) ? readFileSync(last, 'utf8') : null),
    write: async note => writeDurably(folder, 'last', note),
    keep: async (note, generation) => writeDurably(folder, `before-g${generation}`, note),
    highest: () => Math.max(1, ...readdirSync(folder).map(name => Number(/^before-g(\d{1,9})$/.exec(name)?.[1] ?? 1))),
  }
}
