import { type ScheduledTask, schedule } from 'node-cron'
import { instant } from './clock.ts'
import type { House } from './house.ts'
import { sweepSessions } from './people/sessions.ts'
import { type SystemChange, systemChange } from './storage/change.ts'

export interface Job {
  readonly name: string
  /** A cron line in the school's time zone; never between 02:00 and 03:00, which clock changes skip or repeat. */
  readonly when: string
  /** How old the last run may be, in hours, before a start makes up for it. */
  readonly every: number
  run(change: SystemChange): Promise<number>
}

const hour = 3_600_000

/** Every schedule of the portal. Each run is one bounded batch in one transaction. */
export const jobs: readonly Job[] = [
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
]

/** Runs one job now and notes when; the record stands before its effect. */
export async function runJob(house: House, job: Job): Promise<number> {
  return systemChange(house.database, house.clock, 'job', async change => {
    const count = await job.run(change)
    await house.audit.append({
      action: 'job.run',
      actor: null,
      session: null,
      address: null,
      concerns: [],
      outcome: 'ok',
      details: { job: job.name, count },
    })
    await change
      .write('job_runs')
      .insert({ name: job.name, started_at: change.at, finished_at: instant(house.clock.now()), outcome: `${count}` })
      .onConflict('name')
      .merge()
    return count
  })
}

/** Starts every schedule, and makes up for what was missed while the portal was down. */
export async function startJobs(house: House): Promise<{ stop(): Promise<void> }> {
  const tasks: ScheduledTask[] = []
  const attempt = async (job: Job) => {
    try {
      await runJob(house, job)
    } catch (error) {
      house.log.error({ job: job.name, kind: (error as Error).constructor.name }, 'job failed')
    }
  }
  const rows = (await house.database.reader('job_runs').select('name', 'started_at')) as {
    name: string
    started_at: string
  }[]
  const last = new Map(rows.map(row => [row.name, Date.parse(row.started_at)]))
  for (const job of jobs) {
    tasks.push(
      schedule(job.when, () => attempt(job), { timezone: house.config.timeZone, noOverlap: true, name: job.name }),
    )
    if (house.clock.now() - (last.get(job.name) ?? 0) > job.every * hour) await attempt(job)
  }
  return {
    async stop() {
      for (const task of tasks) await task.destroy()
    },
  }
}
