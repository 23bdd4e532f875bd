import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { splitNotes } from './formats/note.ts'
import type { AuditLog } from './log.ts'

/**
 * Why the folder outside did not get its note: it is not there (not mounted, most of the time), something else went
 * wrong, or nothing came back for too long.
 */
export type Trouble = 'missing' | 'failed' | 'slow'

/** No note could be left outside. The message names the folder's trouble, nothing else. */
export class WitnessFailed extends Error {
  readonly trouble: Trouble
  constructor(trouble: Trouble, cause: unknown) {
    super(`No note could be left in the witness folder: ${trouble}`, { cause })
    this.trouble = trouble
  }
}

/** The folder outside as it was last seen. */
export interface Witness {
  /** The newest note in it: its day, `YYYY-MM-DD` in UTC, and how many lines it speaks of. */
  readonly newest: { readonly day: string; readonly size: number } | null
  readonly trouble: Trouble | null
}

const longestWriting = 30_000
const longestLook = 1_000
const lookAgain = 60_000

/** A share that hangs answers nobody; what waits for it must not wait for ever. */
class TooSlow extends Error {}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new TooSlow()), ms)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

function troubleIn(error: unknown): Trouble {
  if (error instanceof TooSlow) return 'slow'
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'missing' : 'failed'
}

const nameOf = (origin: string): string => origin.replaceAll('/', '-')

/**
 * Leaves the present note in the folder that the school names, as a file of its own: once a day, never in the place of
 * another, never by renaming, so that a share on which files can only be added will do. Makes no folder: where it is
 * missing, the share is not mounted, and a note on our own disk would be no witness. Returns how many notes it wrote.
 */
export async function depositNote(
  audit: Pick<AuditLog, 'standing'>,
  folder: string | null,
  now: number,
): Promise<number> {
  if (folder === null) return 0
  try {
    const written = await within(longestWriting, beginDeposit(audit, folder, now))
    troubles.delete(audit)
    return written
  } catch (error) {
    const trouble = troubleIn(error)
    troubles.set(audit, trouble)
    throw new WitnessFailed(trouble, error)
  } finally {
    if (!looks.get(audit)?.pending) looks.delete(audit)
  }
}

/** What went wrong with the last note, until one succeeds. */
const troubles = new WeakMap<object, Trouble>()

/** On a share that hangs each try holds a thread that the databases need, so there is one at a time. */
const trying = new WeakSet<object>()

async function beginDeposit(audit: Pick<AuditLog, 'standing'>, folder: string, now: number): Promise<number> {
  if (trying.has(audit)) throw new TooSlow()
  trying.add(audit)
  return deposit(audit, folder, now).finally(() => trying.delete(audit))
}

async function deposit({ standing }: Pick<AuditLog, 'standing'>, folder: string, now: number): Promise<number> {
  const { note, origin, size } = standing
  const today = `${nameOf(origin)}-${new Date(now).toISOString().slice(0, 10)}-`
  for (const name of await readdir(folder)) {
    // A file that a power cut left empty or unfinished does not count.
    if (!name.startsWith(today)) continue
    const text = await readFile(join(folder, name), 'utf8')
    if (text.endsWith('\n') && splitNotes(text).length > 0) return 0
  }
  const file = await open(join(folder, `${today}${size}.txt`), 'wx', 0o644)
  try {
    await file.writeFile(note)
    await file.sync()
  } finally {
    await file.close()
  }
  return 1
}

interface Look {
  readonly at: number
  readonly answer: Promise<Witness['newest']>
  pending: boolean
}
const looks = new WeakMap<object, Look>()

function look(folder: string, origin: string): Look {
  const begun: Look = { at: performance.now(), answer: newestIn(folder, origin), pending: true }
  const end = () => {
    begun.pending = false
  }
  begun.answer.then(end, end)
  return begun
}

/**
 * What the page says about the folder, or null where the school has none. Waits a second at most, and looks again
 * only when the last look has come back.
 */
export async function seeWitness(audit: Pick<AuditLog, 'standing'>, folder: string | null): Promise<Witness | null> {
  if (folder === null) return null
  const last = looks.get(audit)
  const fresh = last && (last.pending || performance.now() - last.at < lookAgain)
  const current = fresh ? last : look(folder, audit.standing.origin)
  looks.set(audit, current)
  try {
    return { newest: await within(longestLook, current.answer), trouble: troubles.get(audit) ?? null }
  } catch (error) {
    return { newest: null, trouble: troubleIn(error) }
  }
}

/** Judged by its name: the note itself is for the verifier. */
async function newestIn(folder: string, origin: string): Promise<Witness['newest']> {
  const name = nameOf(origin.replace(/\/g\d+$/, ''))
  const notes = (await readdir(folder)).flatMap(file => {
    const [, day = '', size] = /^(?:-g\d+)?-(\d{4}-\d\d-\d\d)-(\d+)\.txt$/.exec(file.slice(name.length)) ?? []
    return file.startsWith(name) && size ? [{ day, size: Number(size) }] : []
  })
  return notes.reduce<Witness['newest']>(
    (newest, note) => (newest && orderOf(newest) > orderOf(note) ? newest : note),
    null,
  )
}

const orderOf = ({ day, size }: { readonly day: string; readonly size: number }): string =>
  `${day} ${String(size).padStart(16, '0')}`
