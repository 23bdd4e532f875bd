import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Search, search } from '../audit/opening/search.ts'
import { untilStopped } from '../cli/serve.ts'
import { schoolClock } from '../clock.ts'
import { checkConfig } from '../config.ts'
import { jobs } from '../jobs.ts'
import { openHouse, startPortal } from '../main.ts'
import { systemChange } from '../storage/change.ts'
import { openLog } from './audit-log.ts'

/**
 * A portal for the bench: `audited-portal.ts DATA PORT on|off`. With `off` it forgets what it should record, which
 * no setting of the real one can do. On a message it looks through its log, and answers how that went.
 */
export interface LookedUp {
  readonly seconds: number
  readonly scanned: number
  readonly kept: number
  readonly intact: boolean
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

process.on('message', async (asked: Search) => {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const began = performance.now()
  const { counts, segments } = await search(asked)
  const seconds = (performance.now() - began) / 1000
  delay.disable()
  const intact = segments.every(({ verdict }) => verdict === 'intact' || verdict === 'open')
  const { scanned, kept } = counts
  process.send?.({
    seconds,
    scanned,
    kept,
    intact,
    delay: { p99: delay.percentile(99) / 1e6, most: delay.max / 1e6 },
  } satisfies LookedUp)
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
