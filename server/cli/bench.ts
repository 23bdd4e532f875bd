import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { benchAudit } from '../bench/audit.ts'
import { endChildren, freePort, type Server, startServer } from '../bench/children.ts'
import { copyData, forgetOldLetters, prepareGround } from '../bench/data.ts'
import { load, median, requestBytes } from '../bench/load.ts'
import { findVisitors, signInAll, type Visitor } from '../bench/people.ts'
import {
  asJson,
  asText,
  bare,
  type Measured,
  type Paid,
  rowsOf,
  startPage,
  startPageOfMonth,
  targetsOf,
} from '../bench/results.ts'
import { pageWeight } from '../bench/weight.ts'

const usage = 'scripts/bench [audit [--records N]] [--quick] [--json]\n'
const manyConnections = 32
/** A page of a thousand rows is for a few people at once. */
const fewConnections = 4
const code = join(import.meta.dirname, '..')

interface Options {
  readonly quick: boolean
  readonly json: boolean
  /** How many records the log has that is measured instead of the pages. */
  readonly records: number | null
}

function options(): Options {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, records: { type: 'string' } },
    })
    const { quick = false, json = false, records = quick ? '200000' : '5000000' } = values
    const audit = positionals[0] === 'audit'
    if (positionals.length > (audit ? 1 : 0) || (values.records && !audit)) throw new Error('Unknown argument')
    if (!/^[1-9]\d{3,7}$/.test(records)) throw new Error('--records takes a number from 1000 up')
    return { quick, json, records: audit ? Number(records) : null }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`)
    return process.exit(2)
  }
}

const { quick, json, records } = options()
const { rounds, seconds, warmUp } = quick
  ? { rounds: 4, seconds: 1, warmUp: 0.7 }
  : { rounds: 4, seconds: 5, warmUp: 2 }
const folder = resolve(process.env.PFORTE_DATA ?? 'data/bench')
const run = join(folder, 'run')

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** The portal as it runs at a school: `pforte serve` with a settings file. */
async function startPortal(data: string): Promise<Server> {
  const port = await freePort()
  const settings = join(data, 'pforte.toml')
  writeFileSync(
    settings,
    `data = ${JSON.stringify(data)}\norigin = "https://localhost:${port}"\nnetworks = ["127.0.0.0/8"]\nlog_level = "warn"\n[listen]\nport = ${port}\n`,
  )
  return startServer(join(code, '../scripts/pforte'), ['serve', '--config', settings], port, '/health')
}

async function startBare(data: string): Promise<Server> {
  const port = await freePort()
  return startServer(process.execPath, [join(code, 'bench/bare.ts'), data, String(port)], port, '/')
}

interface Lane {
  readonly page: string
  readonly server: Server
  readonly requests: readonly Buffer[]
  readonly connections: number
}

/** Every page in turn, again and again, so that whatever else the machine does falls on all of them. */
async function measure(lanes: readonly Lane[]): Promise<Map<string, Paid[]>> {
  const found = new Map<string, Paid[]>(lanes.map(lane => [lane.page, []]))
  for (const { server, requests, connections } of lanes) await load(server.port, requests, connections, warmUp)
  for (let round = 0; round < rounds; round += 1) {
    say(`Round ${round + 1} of ${rounds} …`)
    for (const { page, server, requests, connections } of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const before = server.cpuTime()
      const done = await load(server.port, requests, connections, seconds)
      found.get(page)?.push({ ...done, cpuTime: server.cpuTime() - before })
    }
  }
  return found
}

async function bench(): Promise<Measured> {
  const ground = await prepareGround(folder, say)
  rmSync(run, { recursive: true, force: true })
  mkdirSync(run, { mode: 0o700 })
  const [threeYears, oneMonth, busy] = [join(run, 'three-years'), join(run, 'one-month'), join(run, 'busy')]
  await copyData(ground, threeYears)
  const visitors = await findVisitors(threeYears)

  const first = await startPortal(threeYears)
  await first.stop()
  const portal = await startPortal(threeYears)
  say('Signing in …')
  const everybody = [...visitors.guardians, ...visitors.teachers, visitors.head].map(({ login }) => login)
  const { cookies, perSecond: signInsPerSecond } = await signInAll(portal.port, [...new Set(everybody)])
  // The copy brings the sessions along: the same people with the same cookies, only the letters differ.
  await copyData(threeYears, busy)
  await copyData(threeYears, oneMonth)
  await forgetOldLetters(oneMonth)
  // Large pages leave garbage behind, so they come from a third portal: those two shall differ in their letters alone.
  const [young, other] = [await startPortal(oneMonth), await startPortal(busy)]
  const koa = await startBare(threeYears)

  const lane = (
    page: string,
    server: Server,
    visits: readonly Visitor[],
    path: (visit: Visitor) => string,
    connections = manyConnections,
  ): Lane => ({
    page,
    server,
    connections,
    requests: visits.map(visit => requestBytes(server.port, path(visit), cookies.get(visit.login) ?? '')),
  })
  const returns = ({ letter }: Visitor) => `/letters/${letter}/returns`
  const measured = await measure([
    lane(bare, koa, [{ login: '', letter: '' }], () => '/'),
    lane(startPage, portal, visitors.guardians, () => '/'),
    lane(startPageOfMonth, young, visitors.guardians, () => '/'),
    lane('a letter', other, visitors.guardians, ({ letter }) => `/letters/${letter}`),
    lane('returns of a class', other, visitors.teachers, returns),
    lane('returns of the whole school', other, [visitors.head], returns, fewConnections),
  ])
  const residentBytes = Math.max(portal.resident(), other.resident())
  const guardian = cookies.get(visitors.guardians[0]?.login ?? '') ?? ''
  const weightBytes = await pageWeight(portal.port, '/', guardian)
  await Promise.all([portal, young, other, koa].map(server => server.stop()))
  const startSeconds = median([first, portal, young, other].map(server => server.startSeconds))
  return { rounds: measured, signInsPerSecond, startSeconds, residentBytes, weightBytes }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endChildren()
    process.exit(130)
  })
}
async function benchPages(): Promise<boolean> {
  const measured = await bench()
  const rows = rowsOf(measured)
  const targets = targetsOf(measured, rows)
  process.stdout.write(`${json ? asJson(measured, rows, targets) : `\n${asText(measured, rows, targets)}`}\n`)
  return targets.every(target => target.ok)
}

try {
  const met = records === null ? await benchPages() : await benchAudit({ folder, records, quick, json }, say)
  process.exitCode = met ? 0 : 1
} finally {
  endChildren()
  rmSync(run, { recursive: true, force: true })
}
