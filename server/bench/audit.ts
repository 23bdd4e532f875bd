import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { approveCase, type LookedUp, openCase } from './audit-case.ts'
import { type LogGround, measureAppending, prepareLog } from './audit-log.ts'
import type { LookedUpMeanwhile } from './audited-portal.ts'
import { freePort, runToEnd, type Server, startServer } from './children.ts'
import { copyData, prepareGround } from './data.ts'
import { load, median, percentile, requestBytes } from './load.ts'
import { findVisitors, signInAll } from './people.ts'
import { about, columns, least, most, type Paid, type Target } from './results.ts'

const here = import.meta.dirname
const day = 86_400_000
const connections = 32
/** Between two pages of one visitor while a look-up runs: about sixty pages a second in all. */
const thinkTime = 500

interface Options {
  readonly folder: string
  readonly records: number
  readonly quick: boolean
  readonly json: boolean
}

/** Measures the audit log: writing, looking up, checking, and what it costs the pages. Returns whether all targets are met. */
export async function benchAudit(
  { folder, records, quick, json }: Options,
  say: (text: string) => void,
): Promise<boolean> {
  const ground = await prepareGround(folder, say)
  const log = await prepareLog(folder, ground, records, say)
  const run = join(folder, 'run')
  rmSync(run, { recursive: true, force: true })
  mkdirSync(run, { mode: 0o700 })

  say('Appending …')
  const scratch = join(run, 'append')
  mkdirSync(scratch)
  const appendedPerSecond = await measureAppending(scratch, quick ? 100_000 : 300_000)
  say('Looking up one person in the whole log …')
  // Who asks what is recorded about them gets it from the whole time.
  const whole = await openCase(await approveCase(log, 'access', 0))
  say('Verifying …')
  const began = performance.now()
  await runToEnd([join(here, '../audit/verify.ts'), log.data], process.env)
  const verifySeconds = (performance.now() - began) / 1000

  const pages = await measurePages(log, join(run, 'off'), quick, say)
  const million = records / 1e6
  const targets: Target[] = [
    least('records appended', 20_000, appendedPerSecond, 'a second', 0),
    most(`one person in all ${million} million`, 60, whole.seconds, 's'),
    most('one person in 31 days, pages meanwhile', 5, pages.lookedUp.seconds, 's'),
    most('those pages, p99', 300, percentile(pages.meanwhile, 99), 'ms'),
    most('waits of the main thread, p99', 50, pages.lookedUp.delay.p99, 'ms'),
    least('start page with the log, of without', 80, 100 * median(pages.ratios), '%'),
  ]
  const facts: [string, string][] = [
    ['bytes in the file for one record', log.bytesPerRecord.toFixed(0)],
    ['verifier over everything', `${verifySeconds.toFixed(1)} s`],
    ['records passed, decrypted, kept in all', `${whole.scanned}, ${whole.opened}, ${whole.kept}`],
    ['the report of all, of 31 days', [whole, pages.lookedUp].map(reportOf).join(', ')],
    ['records passed, kept in 31 days', `${pages.lookedUp.scanned}, ${pages.lookedUp.kept}`],
    ['pages a second meanwhile', (pages.meanwhile.length / pages.seconds).toFixed(0)],
    ['longest wait of the main thread', `${pages.lookedUp.delay.most.toFixed(0)} ms`],
    ['start pages a second, with and without', pages.perSecond.map(one => one.toFixed(0)).join(', ')],
    ['processor time of one, with and without', `${pages.cpuTime.map(one => one.toFixed(2)).join(', ')} ms`],
  ]
  if (!whole.intact || !pages.lookedUp.intact) throw new Error('The look-up found segments that are not intact')
  const ok = targets.every(target => target.ok)
  process.stdout.write(
    json ? `${JSON.stringify({ ok, targets, facts, about: about() }, null, 2)}\n` : text(targets, facts),
  )
  return ok
}

const reportOf = ({ reportTime, reportBytes }: LookedUp) =>
  `${reportTime.toFixed(0)} ms ${(reportBytes / 1e6).toFixed(1)} MB`

function text(targets: readonly Target[], facts: readonly (readonly [string, string])[]): string {
  const met = targets.map(target => [target.what, target.wanted, target.found, target.ok ? 'ok' : 'missed'])
  return `\n${columns([['target', 'wanted', 'found', ''], ...met])}\n${columns(facts)}\n${about()}\n`
}

interface Pages {
  readonly lookedUp: LookedUpMeanwhile
  /** Milliseconds of the pages that were loaded while the look-up ran, sorted. */
  readonly meanwhile: readonly number[]
  readonly seconds: number
  /** Start pages a second with the log by those without it, one for each round. */
  readonly ratios: readonly number[]
  /** With the log, and without it. */
  readonly perSecond: readonly number[]
  readonly cpuTime: readonly number[]
}

async function measurePages(log: LogGround, off: string, quick: boolean, say: (text: string) => void): Promise<Pages> {
  // While no portal has the log: it has one owner.
  const approved = await approveCase(log, 'tampering', Date.now() - 31 * day)
  const visitors = (await findVisitors(log.data)).guardians
  const audited = await startPortal(log.data, 'on')
  say('Signing in …')
  const { cookies } = await signInAll(audited.port, [...new Set(visitors.map(({ login }) => login))])
  await copyData(log.data, off)
  const forgetful = await startPortal(off, 'off')
  const requests = ({ port }: Server) => visitors.map(({ login }) => requestBytes(port, '/', cookies.get(login) ?? ''))

  const servers = [audited, forgetful]
  const rounds: Paid[][] = [[], []]
  for (const server of servers) await load(server.port, requests(server), connections, quick ? 0.7 : 2)
  for (let turn = 0; turn < 6; turn += 1) {
    say(`Round ${turn + 1} of 6 …`)
    // Each is the first as often as the other.
    for (const index of turn % 2 === 0 ? [0, 1] : [1, 0]) {
      const server = servers[index] as Server
      const before = server.cpuTime()
      const round = await load(server.port, requests(server), connections, quick ? 1 : 5)
      rounds[index]?.push({ ...round, cpuTime: server.cpuTime() - before })
    }
  }
  await forgetful.stop()

  say('Looking up 31 days while pages are loaded …')
  const answer = audited.ask<LookedUpMeanwhile>(approved)
  let done = false
  const lookedUp = answer.finally(() => {
    done = true
  })
  const began = performance.now()
  const { times } = await load(audited.port, requests(audited), connections, 120, { thinkTime, until: () => done })
  const seconds = (performance.now() - began) / 1000
  const found = await lookedUp
  await audited.stop()
  return {
    lookedUp: found,
    meanwhile: times.toSorted((a, b) => a - b),
    seconds,
    ratios: (rounds[0] ?? []).map((round, turn) => round.perSecond / (rounds[1]?.[turn]?.perSecond ?? Number.NaN)),
    perSecond: rounds.map(of => median(of.map(round => round.perSecond))),
    cpuTime: rounds.map(of => median(of.map(round => round.cpuTime / round.times.length))),
  }
}

async function startPortal(data: string, audited: 'on' | 'off'): Promise<Server> {
  const port = await freePort()
  const program = join(here, 'audited-portal.ts')
  return startServer(process.execPath, [program, data, String(port), audited], port, '/health', 'ipc')
}
