import { cpus, loadavg } from 'node:os'
import { median, percentile, type Round } from './load.ts'

/** A round of load with what it cost the server. */
export interface Paid extends Round {
  readonly cpuTime: number
}

/** One page under load, over all rounds. */
export interface Row {
  readonly page: string
  readonly perSecond: number
  /** Of bare Koa's requests a second, each round compared with its own. */
  readonly percentOfBare: number
  /** Milliseconds of the server's processor time for one answer; hardly depends on what else the machine does. */
  readonly cpuTime: number
  readonly p50: number
  readonly p99: number
}

export interface Target {
  readonly what: string
  readonly wanted: string
  readonly found: string
  readonly ok: boolean
}

export interface Measured {
  readonly rounds: ReadonlyMap<string, readonly Paid[]>
  readonly signInsPerSecond: number
  readonly startSeconds: number
  readonly residentBytes: number
  readonly weightBytes: number
}

export const bare = 'bare Koa, 12 KB'
export const startPage = "guardian's start page"
export const startPageOfMonth = 'the same with one month of letters'

const limits = {
  percentOfBare: 8,
  p99: 60,
  megabytes: 220,
  startSeconds: 1.5,
  kilobytes: 60,
  dearerPercent: 10,
} as const

function ratios(rounds: Measured['rounds'], page: string, to: string): number[] {
  const others = rounds.get(to) ?? []
  return (rounds.get(page) ?? []).map((round, index) => round.perSecond / (others[index]?.perSecond ?? Number.NaN))
}

export function rowsOf({ rounds }: Measured): Row[] {
  return [...rounds].map(([page, of]) => {
    const times = of.flatMap(round => round.times).sort((a, b) => a - b)
    return {
      page,
      perSecond: median(of.map(round => round.perSecond)),
      percentOfBare: 100 * median(ratios(rounds, page, bare)),
      cpuTime: of.reduce((sum, round) => sum + round.cpuTime, 0) / times.length,
      p50: percentile(times, 50),
      p99: percentile(times, 99),
    }
  })
}

export const least = (what: string, limit: number, found: number, unit: string, digits = 1): Target => ({
  what,
  wanted: `≥ ${limit} ${unit}`,
  found: `${found.toFixed(digits)} ${unit}`,
  ok: found >= limit,
})
export const most = (what: string, limit: number, found: number, unit: string, digits = 1): Target => ({
  what,
  wanted: `< ${limit} ${unit}`,
  found: `${found.toFixed(digits)} ${unit}`,
  ok: found < limit,
})

export function targetsOf(measured: Measured, rows: readonly Row[]): Target[] {
  const start = rows.find(row => row.page === startPage)
  const month = rows.find(row => row.page === startPageOfMonth)
  // By processor time: requests a second waver more than that on a machine that does other things, too.
  const dearer = 100 * ((start?.cpuTime ?? Number.NaN) / (month?.cpuTime ?? Number.NaN) - 1)
  return [
    least('start page, of bare Koa', limits.percentOfBare, start?.percentOfBare ?? Number.NaN, '%'),
    most('start page, p99', limits.p99, start?.p99 ?? Number.NaN, 'ms'),
    most('resident after the load', limits.megabytes, measured.residentBytes / 1e6, 'MB'),
    most('from serve to healthy', limits.startSeconds, measured.startSeconds, 's', 2),
    most('start page with its files', limits.kilobytes, measured.weightBytes / 1e3, 'KB'),
    most('three years dearer than a month', limits.dearerPercent, dearer, '%'),
  ]
}

export function asText(measured: Measured, rows: readonly Row[], targets: readonly Target[]): string {
  const pages = rows.map(row => [
    row.page,
    row.perSecond.toFixed(0),
    `${row.percentOfBare.toFixed(1)} %`,
    row.cpuTime.toFixed(2),
    row.p50.toFixed(1),
    row.p99.toFixed(1),
  ])
  const met = targets.map(target => [target.what, target.wanted, target.found, target.ok ? 'ok' : 'missed'])
  return [
    columns([['page', 'req/s', 'of bare', 'CPU ms', 'p50 ms', 'p99 ms'], ...pages]),
    `sign-ins: ${measured.signInsPerSecond.toFixed(1)} a second\n`,
    columns([['target', 'wanted', 'found', ''], ...met]),
    `${about()}, 32 connections (4 for the whole school)`,
  ].join('\n')
}

export function asJson(measured: Measured, rows: readonly Row[], targets: readonly Target[]): string {
  const { signInsPerSecond, startSeconds, residentBytes, weightBytes } = measured
  const ok = targets.every(target => target.ok)
  return JSON.stringify(
    { ok, rows, signInsPerSecond, startSeconds, residentBytes, weightBytes, targets, about: about() },
    null,
    2,
  )
}

/** On what it was measured. */
export function about(): string {
  const busy = loadavg()[0] ?? 0
  return `Node ${process.version}, ${cpus().length} cores shared with the load; load average at the end ${busy.toFixed(1)}`
}

/** Left-aligned first column, the others to the right. */
export function columns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, index) => Math.max(...lines.map(line => line[index]?.length ?? 0)))
  const cell = (text: string, index: number) =>
    index === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[index] ?? 0)
  return lines.map(line => `${line.map(cell).join('  ')}\n`).join('')
}
