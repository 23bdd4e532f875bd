import { monitorEventLoopDelay } from 'node:perf_hooks'
import { untilStopped } from '../cli/serve.ts'
import { schoolClock } from '../clock.ts'
import { checkConfig } from '../config.ts'
import { jobs } from '../jobs.ts'
import { openHouse, startPortal } from '../main.ts'
import { systemChange } from '../storage/change.ts'
import { type CaseToOpen, type LookedUp, openCase } from './audit-case.ts'
import { openLog } from './audit-log.ts'

/**
 * A portal for the bench: `audited-portal.ts DATA PORT on|off`. With `off` it forgets what it should record, which
 * no setting of the real one can do. On a message it opens a case, and answers how that went.
 */
export interface LookedUpMeanwhile extends LookedUp {
  /** How long its main thread was kept waiting, pages included: 99 of a hundred times not longer; and at worst. Milliseconds. */
  readonly delay: { readonly p99: number; readonly most: number }
}

const [data = '', port = '', audited = ''] = process.argv.slice(2)
const config = checkConfig({
  data,
  origin: `https://localhost:${port}`,
  networks: ['127.0.0.0/8'],
  log_level: 'warn',
  listen: { port: Number(port) },
})

async function forgetful() {
  const log = await openLog(data, schoolClock(config.timeZone))
  return { ...log, append: async () => undefined }
}

process.on('message', async (asked: CaseToOpen) => {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const found = await openCase(asked)
  delay.disable()
  process.send?.({
    ...found,
    delay: { p99: delay.percentile(99) / 1e6, most: delay.max / 1e6 },
  } satisfies LookedUpMeanwhile)
})

/** As in a portal that has run all night: nothing is made up for while pages are measured. */
async function noteJobsDone(): Promise<void> {
  const { house, close } = await openHouse(config)
  await systemChange(house.database, house.clock, 'job', change =>
    change
      .write('job_runs')
      .insert(jobs.map(({ name }) => ({ name, started_at: change.at, finished_at: change.at, outcome: '0' })))
      .onConflict('name')
      .merge(),
  )
  await close()
}

await noteJobsDone()
await untilStopped(await startPortal(config, audited === 'off' ? { audit: await forgetful() } : {}))
process.disconnect?.()
