import { type ScheduledTask, schedule } from 'node-cron'
import { checkLog } from './audit/checking.ts'
import { depositNote } from './audit/witness.ts'
import { deliverNotices, shredReports } from './cases/deliveries.ts'
import { returnDisclosures, sweepDisclosures } from './cases/disclosures.ts'
import { expireCases } from './cases/expiry.ts'
import { instant } from './clock.ts'
import type { House } from './house.ts'
import { refreshAuditorCare } from './people/auditor-care.ts'
import { forgetLocks, lapseLocks } from './people/lapses.ts'
import { sweepSessions } from './people/sessions.ts'
import { type SystemChange, systemChange } from './storage/change.ts'

interface Schedule {
  readonly name: string
  /** A cron line in the school's time zone; never between 02:00 and 03:00, which clock changes skip or repeat. */
  readonly when: string
  /** How old the last run may be, in hours, before a start makes up for it. */
  readonly every: number
  /** So frequent that only a run that did something is worth a record. */
  readonly quiet?: true
}
/** One bounded batch in one transaction of the business data. */
interface Batch extends Schedule {
  run(change: SystemChange): Promise<number>
}
/** Work on the audit log, which keeps nobody else waiting; ends soon after `signal` says so. */
interface Upkeep extends Schedule {
  keepUp(house: House, signal: AbortSignal): Promise<number>
}
/** Returns how much was done. */
export type Job = Batch | Upkeep

const hour = 3_600_000

/** Every schedule of the portal. */
export const jobs: readonly Job[] = [
  // First, so that a start counts the time of every lock at once.
  { name: 'locks', when: '* * * * *', every: 1 / 60, quiet: true, keepUp: lapseLocks },
  { name: 'old-locks', when: '27 4 * * *', every: 24, run: forgetLocks },
  { name: 'sessions', when: '17 * * * *', every: 1, run: sweepSessions },
  {
    name: 'throttles',
    when: '37 4 * * *',
    every: 24,
    run: change =>
      change
        .write('throttles')
        .where('window_started_at', '<', Date.parse(change.at) - 2 * hour)
        .delete(),
  },
  {
    name: 'imports',
    when: '47 * * * *',
    every: 1,
    run: change =>
      change
        .write('import_files')
        .whereIn(
          'import_id',
          change
            .write('imports')
            .select('id')
            .where('created_at', '<', instant(Date.parse(change.at) - 24 * hour)),
        )
        .delete(),
  },
  {
    name: 'setup-tokens',
    when: '7 4 * * *',
    every: 24,
    run: change => change.write('setup_tokens').where('expires_at', '<', change.at).delete(),
  },
  { name: 'auditor-care', when: '27 * * * *', every: 1, keepUp: refreshAuditorCare },
  {
    name: 'audit-cases',
    when: '*/5 * * * *',
    every: 1,
    async keepUp(house) {
      const ended = await expireCases(house)
      await inSystem(house)(change => returnDisclosures(house, change))
      return ended
    },
  },
  {
    name: 'case-notices',
    when: '*/5 * * * *',
    every: 1 / 12,
    quiet: true,
    keepUp: house => deliverNotices(house, inSystem(house)),
  },
  { name: 'case-reports', when: '41 * * * *', every: 1, keepUp: house => shredReports(house, inSystem(house)) },
  { name: 'disclosures', when: '43 4 * * *', every: 24, run: sweepDisclosures },
  {
    name: 'audit-prune',
    when: '23 4 * * *',
    every: 24,
    keepUp: async house => (await house.audit.prune(null)).records,
  },
  {
    name: 'audit-verify',
    when: '53 4 * * *',
    every: 24,
    keepUp: (house, signal) => checkLog(house.audit, house.config.data, signal, house.config.audit.witnessFolder),
  },
  {
    // Once a day there is a note; a share that was away gets it an hour after it is back.
    name: 'audit-witness',
    when: '33 * * * *',
    every: 1,
    keepUp: ({ audit, config, clock }) => depositNote(audit, config, clock),
  },
]

const inSystem =
  (house: House) =>
  <T>(work: (change: SystemChange) => Promise<T>): Promise<T> =>
    systemChange(house.database, house.clock, 'job', work)

/** Runs one job now and notes when; the record stands before its effect. */
export async function runJob(house: House, job: Job, signal = new AbortController().signal): Promise<number> {
  if ('run' in job) return inChange(house, job, change => job.run(change))
  const count = await job.keepUp(house, signal)
  if (job.quiet && count === 0) return 0
  return inChange(house, job, async () => count)
}

function inChange(house: House, { name }: Job, work: (change: SystemChange) => Promise<number>): Promise<number> {
  return systemChange(house.database, house.clock, 'job', async change => {
    const count = await work(change)
    await house.audit.append({
      action: 'job.run',
      actor: null,
      session: null,
      address: null,
      concerns: [],
      outcome: 'ok',
      details: { job: name, count },
    })
    await change
      .write('job_runs')
      .insert({ name, started_at: change.at, finished_at: instant(house.clock.now()), outcome: `${count}` })
      .onConflict('name')
      .merge()
    return count
  })
}

/** Starts every schedule, and makes up for what was missed while the portal was down. */
export async function startJobs(house: House): Promise<{ stop(): Promise<void> }> {
  const tasks: ScheduledTask[] = []
  const stopping = new AbortController()
  let upkeep: Promise<void> = Promise.resolve()
  const attempt = async (job: Job) => {
    try {
      await runJob(house, job, stopping.signal)
    } catch (error) {
      if (!stopping.signal.aborted)
        house.log.error({ job: job.name, kind: (error as Error).constructor.name }, 'job failed')
    }
  }
  const begin = (job: Job): Promise<void> => {
    if ('run' in job) return attempt(job)
    // One after the other: whoever reads the whole log keeps what was deleted in its write-ahead log.
    upkeep = upkeep.then(() => (stopping.signal.aborted ? undefined : attempt(job)))
    return upkeep
  }
  const rows = (await house.database.reader('job_runs').select('name', 'started_at')) as {
    name: string
    started_at: string
  }[]
  const last = new Map(rows.map(row => [row.name, Date.parse(row.started_at)]))
  for (const job of jobs) {
    tasks.push(
      schedule(job.when, () => begin(job), { timezone: house.config.timeZone, noOverlap: true, name: job.name }),
    )
    const since = last.get(job.name) ?? ('run' in job ? 0 : house.audit.standing.since)
    const missed = house.clock.now() - since > job.every * hour
    // The log may be long: nobody waits for it before they can sign in.
    if (missed) await ('run' in job ? begin(job) : void begin(job))
  }
  return {
    async stop() {
      for (const task of tasks) await task.destroy()
      stopping.abort()
      await upkeep
    },
  }
}
