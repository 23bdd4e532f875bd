import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { AuditLog } from './log.ts'
import { checkNotes, longestText } from './note-check.ts'

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
  /** The newest note in it: its day, `YYYY-MM-DD`, and how many lines it speaks of. */
  readonly newest: { readonly day: string; readonly size: number } | null
  readonly trouble: Trouble | null
  /** It lies on the same disk as the data, so who takes one has the other: nothing is mounted there, perhaps. */
  readonly inside: boolean
}

/** Where the data lie, and the folder outside, if the school names one. */
export interface Places {
  readonly data: string
  readonly audit: { readonly witnessFolder: string | null }
}
type Log = Pick<AuditLog, 'standing' | 'reading'>

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
export async function depositNote(audit: Log, { audit: { witnessFolder } }: Places, clock: Day): Promise<number> {
  if (witnessFolder === null) return 0
  try {
    const written = await within(longestWriting, beginDeposit(audit, witnessFolder, clock))
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

type Day = Pick<Clock, 'now' | 'today'>

/** What went wrong with the last note, until one succeeds. */
const troubles = new WeakMap<object, Trouble>()

/** On a share that hangs each try holds a thread that the databases need, so there is one at a time. */
const trying = new WeakSet<object>()

async function beginDeposit(audit: Log, folder: string, clock: Day): Promise<number> {
  if (trying.has(audit)) throw new TooSlow()
  trying.add(audit)
  return deposit(audit, folder, clock).finally(() => trying.delete(audit))
}

/** Whoever can write to the share may put files there; more than these are not looked at. */
const mostOfToday = 50

async function deposit(audit: Log, folder: string, clock: Day): Promise<number> {
  const { note, origin, size } = audit.standing
  const today = `${nameOf(origin)}-${clock.today()}-`
  const files = (await readdir(folder)).filter(name => name.startsWith(today)).slice(0, mostOfToday)
  for (const name of files) if (await isOurs(audit, join(folder, name), clock.now())) return 0
  const file = await makeFile(join(folder, `${today}${size}`))
  try {
    await file.writeFile(note)
    // Whoever compares is somebody else. A share that knows no such rights has its own.
    await file.chmod(0o644).catch(() => undefined)
    await file.sync()
  } finally {
    await file.close()
  }
  return 1
}

/** No file is replaced; one that somebody put into the way does not keep ours out. */
async function makeFile(path: string) {
  try {
    return await open(`${path}.txt`, 'wx', 0o644)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return open(`${path}-${randomBytes(4).toString('hex')}.txt`, 'wx', 0o644)
  }
}

/** Longer ago no note of today was signed: the log writes at least a line each hour. */
const longestAgo = 25 * 3_600_000

/** Whether a file holds a note of this log from today; not one that a power cut left unfinished, nor an old one. */
async function isOurs(audit: Log, path: string, now: number): Promise<boolean> {
  const text = await readSmall(path)
  const verdicts = text?.endsWith('\n') ? await checkNotes(audit, text) : []
  return verdicts.some(({ found, at }) => found === 'contained' && now - (at ?? 0) < longestAgo)
}

/** Null for what is no file, too large to be a note, or closed to us: a pipe would keep its reader waiting. */
async function readSmall(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(() => null)
  if (file === null) return null
  try {
    const found = await file.stat()
    return found.isFile() && found.size <= longestText ? await file.readFile('utf8') : null
  } finally {
    await file.close()
  }
}

interface Seen {
  readonly newest: Witness['newest']
  readonly inside: boolean
}
interface Look {
  readonly at: number
  readonly answer: Promise<Seen>
  pending: boolean
}
const looks = new WeakMap<object, Look>()

function look(folder: string, data: string, origin: string, today: string): Look {
  const begun: Look = { at: performance.now(), answer: seen(folder, data, origin, today), pending: true }
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
export async function seeWitness(
  audit: Pick<AuditLog, 'standing'>,
  { data, audit: { witnessFolder } }: Places,
  today: string,
): Promise<Witness | null> {
  if (witnessFolder === null) return null
  const last = looks.get(audit)
  const fresh = last && (last.pending || performance.now() - last.at < lookAgain)
  const current = fresh ? last : look(witnessFolder, data, audit.standing.origin, today)
  looks.set(audit, current)
  try {
    return { ...(await within(longestLook, current.answer)), trouble: troubles.get(audit) ?? null }
  } catch (error) {
    return { newest: null, trouble: troubleIn(error), inside: false }
  }
}

/** Judged by names, which everybody can give: the notes themselves are for the verifier. */
async function seen(folder: string, data: string, origin: string, today: string): Promise<Seen> {
  const inside = (await stat(folder)).dev === (await stat(data)).dev
  const name = nameOf(origin.replace(/\/g\d+$/, ''))
  const notes = (await readdir(folder, { withFileTypes: true })).flatMap(file => {
    if (!file.isFile() || !file.name.startsWith(name)) return []
    const end = file.name.slice(name.length)
    const [, day = '', size] = /^(?:-g\d+)?-(\d{4}-\d\d-\d\d)-(\d+)(?:-[0-9a-f]{8})?\.txt$/.exec(end) ?? []
    return size && day <= today ? [{ day, size: Number(size) }] : []
  })
  const newest = notes.reduce<Witness['newest']>(
    (newest, note) => (newest && orderOf(newest) > orderOf(note) ? newest : note),
    null,
  )
  return { newest, inside }
}

const orderOf = ({ day, size }: { readonly day: string; readonly size: number }): string =>
  `${day} ${String(size).padStart(16, '0')}`
