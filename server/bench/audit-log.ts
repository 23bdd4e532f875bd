import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditEntry } from '../audit/entry.ts'
import { type AuditLog, openAuditLog } from '../audit/log.ts'
import type { KeyPair } from '../audit/sealing/hpke.ts'
import type { Clock } from '../clock.ts'
import { appointAuditor } from '../people/auditors.ts'
import { loadSecrets } from '../secrets.ts'
import { readSoftware } from '../software.ts'
import { newId } from '../storage/ids.ts'
import { copyData, stateOf } from './data.ts'

const hour = 3_600_000
/** A year of a large school, about 14,000 records a day. */
const days = 364
/** So many callers wait for their record at once, like requests of a busy morning. */
const callers = 512
/** Records that a new log takes before it is measured. */
const warmUp = 20_000
/** Records of each hour of a day in UTC, in proportion: nothing at night, most before and after school. */
const busy = [0, 0, 0, 0, 1, 6, 12, 9, 5, 5, 6, 8, 10, 9, 8, 9, 10, 9, 6, 3, 2, 1, 0, 0]

/** A data folder with a log of a year, and what is needed to look it up. */
export interface LogGround {
  readonly data: string
  readonly records: number
  readonly bytesPerRecord: number
  readonly auditors: readonly { readonly auditor: number; readonly pair: KeyPair }[]
  /** One of the six hundred accounts. */
  readonly somebody: string
}

interface Made extends Omit<LogGround, 'data' | 'auditors'> {
  readonly state: string
  readonly auditors: readonly { readonly auditor: number; readonly public: string; readonly private: string }[]
}

/** The portal's data with a log of so many records, written the way a portal writes it; made anew once a day. */
export async function prepareLog(
  folder: string,
  ground: string,
  records: number,
  say: (text: string) => void,
): Promise<LogGround> {
  const data = join(folder, `audit-${records}`)
  const mark = join(folder, `audit-${records}.json`)
  const state = stateOf(['audit/formats', 'audit/sealing/segment.ts', 'bench/audit-log.ts'])
  const known = existsSync(mark) ? (JSON.parse(readFileSync(mark, 'utf8')) as Made) : null
  const made = known?.state === state ? known : await make(data, ground, records, state, say)
  if (made !== known) writeFileSync(mark, JSON.stringify(made), { mode: 0o600 })
  const auditors = made.auditors.map(one => ({
    auditor: one.auditor,
    pair: { publicKey: Buffer.from(one.public, 'hex'), privateKey: Buffer.from(one.private, 'hex') },
  }))
  return { ...made, data, auditors }
}

async function make(
  data: string,
  ground: string,
  records: number,
  state: string,
  say: (text: string) => void,
): Promise<Made> {
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data, { recursive: true, mode: 0o700 })
  await copyData(ground, data)
  const time = { now: Date.now() - days * 24 * hour }
  const audit = await openLog(data, clockOf(time))
  const auditors: Made['auditors'][number][] = []
  for (const person of ['Anna Beispiel', 'Bert Beispiel', 'Cora Beispiel']) {
    const trainedOn = '2026-01-15'
    const passphrase = newId()
    const { id, pair } = await appointAuditor(
      { audit },
      { account: newId(), person, office: 'head', trainedOn },
      passphrase,
    )
    const [open, own] = [pair.publicKey.toString('hex'), pair.privateKey.toString('hex')]
    auditors.push({ auditor: id, public: open, private: own })
  }
  const accounts = Array.from({ length: 600 }, newId)
  say(`Writing ${records.toLocaleString('en')} records …`)
  const entries = schoolDays(records, accounts, time)
  await appendAll(audit, entries, done => done % 1_000_000 === 0 && say(`  ${done / 1_000_000} million`))
  await audit.close()
  const bytesPerRecord = statSync(join(data, 'audit.db')).size / records
  return { state, records, bytesPerRecord, auditors, somebody: accounts[0] ?? '' }
}

/** How many records a second a new log takes from many callers, all within an hour. */
export async function measureAppending(data: string, records: number): Promise<number> {
  const time = { now: Date.now() }
  const clock = clockOf({ now: time.now })
  const audit = await openLog(data, clock)
  const accounts = Array.from({ length: 600 }, newId)
  await appendAll(audit, schoolDays(warmUp, accounts, time))
  const began = performance.now()
  await appendAll(audit, schoolDays(records, accounts, time))
  const seconds = (performance.now() - began) / 1000
  await audit.close()
  return records / seconds
}

const clockOf = (time: { now: number }): Clock => ({
  now: () => Math.floor(time.now),
  steady: () => time.now,
  trusted: () => true,
  today: () => new Date(time.now).toISOString().slice(0, 10),
})

export function openLog(data: string, clock: Clock): Promise<AuditLog> {
  return openAuditLog({
    folder: data,
    clock,
    key: loadSecrets(data, undefined, true).checkpointKey,
    host: 'localhost',
    retentionDays: 180,
    reasonGiven: true,
    software: readSoftware(join(import.meta.dirname, '../..')),
  })
}

async function appendAll(
  audit: AuditLog,
  entries: Iterator<AuditEntry>,
  onDone?: (done: number) => void,
): Promise<void> {
  let done = 0
  const caller = async () => {
    for (let next = entries.next(); !next.done; next = entries.next()) {
      await audit.append(next.value)
      done += 1
      onDone?.(done)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

/** A small generator of its own, so that every log is the same. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A year of a school, one entry after the other; the time goes with them. */
function* schoolDays(
  records: number,
  accounts: readonly string[],
  time: { now: number },
): Generator<AuditEntry, void, undefined> {
  const any = numbers(20_261_121)
  const [pupils, letters, groups] = [1000, 3000, 60].map(count => Array.from({ length: count }, newId))
  const one = (of: readonly string[] | undefined) => of?.[any(of.length)] ?? ''
  const begin = time.now
  const weights = Array.from({ length: days * 24 }, (_, index) => busy[Math.floor(begin / hour + index) % 24] ?? 0)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  let [written, due] = [0, 0]
  for (const [index, weight] of weights.entries()) {
    due += (records * weight) / whole
    const count = (index === weights.length - 1 ? records : Math.round(due)) - written
    for (let turn = 0; turn < count; turn += 1) {
      time.now = begin + (index + turn / count) * hour
      const actor = one(accounts)
      const address = `10.${any(8)}.${any(256)}.${any(256)}`
      const common = { actor, session: actor.padEnd(16, '0'), address, outcome: 'ok', details: {} } as const
      const pupil = ['pupil', one(pupils)] as const
      const letter = ['letter', one(letters)] as const
      const what = any(100)
      if (what < 45) yield { ...common, action: 'home.show', concerns: [pupil] }
      else if (what < 85) yield { ...common, action: 'letter.read', concerns: [letter, pupil] }
      else if (what < 93) yield { ...common, action: 'letter.reply', concerns: [letter, pupil] }
      else if (what < 98) yield { ...common, action: 'auth.sign-in', concerns: [['account', actor]] }
      else yield { ...common, action: 'letter.returns', concerns: [letter, ['group', one(groups)]] }
    }
    written += count
  }
}
