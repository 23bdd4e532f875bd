import { type KeyObject, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Case } from './cases.ts'
import { type AuditEntry, recordsOf } from './entry.ts'
import { type File, openForReading } from './file.ts'
import type { AuditorRow } from './formats/layout.ts'
import type { Sealable } from './sealing/segment.ts'
import { WritingThread } from './thread.ts'
import type { Act, Pruned } from './worker.ts'
import type { AuditorStep } from './writing/auditor-steps.ts'
import type { CaseStep } from './writing/case-steps.ts'
import type { Fields } from './writing/ledger.ts'
import type { Standing } from './writing/standing.ts'
import type { Settings } from './writing/start.ts'

export type { AuditEntry } from './entry.ts'
export type { SealedPaper, SealedReport } from './formats/cases.ts'
export { CaseRefused, type Refusal } from './formats/refusal.ts'
export type { AuditorStep } from './writing/auditor-steps.ts'
export type { CaseStep } from './writing/case-steps.ts'

export interface AuditLog {
  /**
   * Resolves once the entry is sealed and durable. Rejects with `AuditUnavailable` where that does not happen
   * within two seconds: the act that was to be recorded must then not take place.
   */
  append(entry: AuditEntry): Promise<void>
  /** How the log stands, as of its last line in the ledger. */
  readonly standing: Standing
  /** A connection that reads what everybody inside may read: the ledger. Records are sealed in it. */
  readonly reading: File
  /** Looks at the clock, and does what the hour asks for; otherwise that happens by itself every ten seconds. */
  tick(): Promise<void>
  /** Adds a line to the ledger: a confirmation or the result of a check. */
  note(kind: (Act & { act: 'note' })['kind'], fields: Fields): Promise<void>
  /** The number under which the next auditor will be known; their wrapped key is bound to it. */
  nextAuditor(): Promise<number>
  /** Appoints an auditor with the key pair that they made. */
  enrol(auditor: AuditorRow): Promise<void>
  /** What happens to an auditor afterwards: revoked, another passphrase, shares handed out anew. Rejects with `CaseRefused`. */
  appoint(step: AuditorStep): Promise<void>
  /** The number of the next case. */
  nextCase(): Promise<number>
  /** Takes a case one step further, or rejects with `CaseRefused` and its `reason`; then nothing was written. */
  step(step: CaseStep): Promise<Case>
  /** Deletes what is older than the retention. Far more than usual only where so many records are confirmed. */
  prune(confirmed: number | null): Promise<Pruned>
  close(): Promise<void>
}

export interface AuditLogOptions extends Omit<Settings, 'key'> {
  /** The data folder: `audit.db` and `anchor/` lie in it. */
  readonly folder: string
  readonly key: KeyObject
  readonly clock: Clock
}

/** What happens cannot be recorded, so it must not happen. */
export class AuditUnavailable extends Error {}
/** The log cannot be opened; the sentence says why. */
export class AuditRefused extends Error {}

const longestWait = 2_000
const largestBatch = 256
const watchEvery = 10_000
const mostDrift = 2_000

interface Waiting {
  readonly records: readonly Sealable[]
  done(): void
  failed(error: Error): void
}

/**
 * Opens the sealed log in its own file, apart from the business data.
 *
 * Entries that arrive while a write is on its way go together into the next one, so durability costs one
 * sync for all who wait, and an idle log needs no timer.
 */
export async function openAuditLog({ folder, key, clock, ...settings }: AuditLogOptions): Promise<AuditLog> {
  const file = join(folder, 'audit.db')
  const pem = key.export({ type: 'pkcs8', format: 'pem' }) as string
  const thread = new WritingThread({ ...settings, file, anchor: join(folder, 'anchor'), key: pem }, clock)
  try {
    await thread.ask({ act: 'start' })
  } catch (error) {
    await thread.end().catch(() => undefined)
    if (['SchemaTooNew', 'SchemaForeign'].includes((error as Error).name))
      throw new AuditRefused((error as Error).message)
    throw error
  }
  const reading = await openForReading(file)
  const boot = randomBytes(4).toString('hex')
  const waiting: Waiting[] = []
  let writing: Promise<void> | null = null

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, largestBatch)
      try {
        await thread.ask({ act: 'append', records: batch.flatMap(one => one.records) })
        for (const one of batch) one.done()
      } catch (error) {
        for (const one of batch) one.failed(new AuditUnavailable('The audit log cannot be written', { cause: error }))
      }
    }
    // In the same turn as the last look at who waits: whoever comes later starts the next writing.
    writing = null
  }

  let seen = { now: clock.now(), steady: clock.steady() }
  async function look(): Promise<void> {
    const [now, steady] = [clock.now(), clock.steady()]
    const expected = seen.now + (steady - seen.steady)
    if (Math.abs(now - expected) > mostDrift) await thread.ask({ act: 'clock-stepped', before: Math.round(expected) })
    // Only now: a step that could not be noted is seen again the next time.
    seen = { now, steady }
    await thread.ask({ act: 'tick' })
  }
  let looking: Promise<void> = Promise.resolve()
  const tick = (): Promise<void> => {
    looking = looking.then(look, look)
    return looking
  }
  // A tick that fails is made up for by the next; what cannot be written, appending says loudly enough.
  const watch = setInterval(() => void tick().catch(() => undefined), watchEvery).unref()

  return {
    async append(entry) {
      const records = recordsOf(entry, clock, boot)
      return new Promise((resolve, reject) => {
        const own: Waiting = {
          records,
          done() {
            clearTimeout(late)
            resolve()
          },
          failed(error) {
            clearTimeout(late)
            reject(error)
          },
        }
        const late = setTimeout(() => {
          const place = waiting.indexOf(own)
          if (place >= 0) waiting.splice(place, 1)
          reject(new AuditUnavailable('The audit log is too slow'))
        }, longestWait)
        waiting.push(own)
        writing ??= write()
      })
    },
    get standing() {
      if (!thread.standing) throw new Error('The log has not been opened')
      return thread.standing
    },
    reading,
    tick,
    async note(kind, fields) {
      await thread.ask({ act: 'note', kind, fields })
    },
    nextAuditor: async () => Number(await thread.ask({ act: 'next-auditor' })),
    async enrol(auditor) {
      await thread.ask({ act: 'enrol', auditor })
    },
    async appoint(step) {
      await thread.ask({ act: 'appoint', step })
    },
    nextCase: async () => Number(await thread.ask({ act: 'next-case' })),
    step: async step => (await thread.ask({ act: 'step', step })) as Case,
    prune: async confirmed => (await thread.ask({ act: 'prune', confirmed })) as Pruned,
    async close() {
      clearInterval(watch)
      while (writing) await writing
      await reading.close()
      await thread.end()
    },
  }
}
