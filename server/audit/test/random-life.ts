import { deepEqual, equal, ok } from 'node:assert/strict'
import { generateKeyPairSync, hash } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Moment, Writer } from '../writing/writer.ts'
import { changeAnyAuditor, takeAnySteps } from './any-step.ts'
import { planConfirmed } from './confirmed.ts'
import { Dice } from './dice.ts'
import { Expected } from './expected.ts'
import { FailingLog } from './failing-log.ts'
import { Reading } from './reading.ts'
import { nameIn, recordOf, type SmallLog, type TestAuditor } from './small-log.ts'
import { verdictOn } from './verdict.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

interface Backup {
  readonly expected: Expected
  readonly enrolled: number
}

/** A log to which everything happens, in an order that the seed decides, beside a plain list of what it must hold. */
export class RandomLife {
  readonly counts = { steps: 0, records: 0, failures: 0, pruned: 0, restores: 0, checks: 0, caseSteps: 0 }
  readonly #log: SmallLog
  readonly #disk: FailingLog
  readonly #auditors: readonly TestAuditor[]
  readonly #dice: Dice
  readonly #keys = new Set<string>()
  #expected = new Expected()
  #backup: Backup | null = null
  #enrolled = 0
  #now = Date.parse('2026-11-23T08:00:00Z')

  constructor(log: SmallLog, auditors: readonly TestAuditor[], seed: number) {
    this.#log = log
    this.#disk = new FailingLog(log)
    this.#auditors = auditors
    this.#dice = new Dice(seed)
    log.segmentSize = [12, 24, 64][seed % 3] ?? 12
    log.watch = key => {
      const name = hash('sha256', key)
      ok(!this.#keys.has(name), 'no key is used twice')
      this.#keys.add(name)
    }
  }

  async live(steps: number): Promise<void> {
    const acts: readonly (readonly [number, () => Promise<unknown>])[] = [
      [50, () => this.#append()],
      [18, () => this.#act(writer => writer.tick(this.#moment))],
      [8, () => this.#prune()],
      [4, () => this.#restart()],
      [4, () => this.#enrol()],
      [12, () => this.#takeStep()],
      [1, () => this.#changeAuditor()],
      [5, () => this.#stepClock()],
      [5, () => this.#confirmClock()],
      [1, () => this.#changeSettings()],
    ]
    for (let step = 1; step <= steps; step += 1) {
      this.#passTime()
      this.#disk.fuse = this.#dice.chance(0.08) ? this.#dice.between(1, 25) : 0
      await this.#dice.pick(acts)()
      this.#disk.fuse = 0
      this.counts.failures = this.#disk.failures
      this.counts.steps += 1
      if (step % 500 === 0 && step < steps) await this.#check(false)
    }
    await this.#check(true)
    await this.#end()
  }

  get #moment(): Moment {
    return { now: this.#now, trusted: false }
  }

  #passTime(): void {
    this.#now += this.#dice.pick([
      [30, 0],
      [40, this.#dice.between(1, 20) * minute],
      [20, this.#dice.between(1, 8) * hour],
      [6, this.#dice.between(1, 4) * day],
    ])
  }

  async #act(work: (writer: Writer) => Promise<unknown>): Promise<boolean> {
    const done = await this.#disk.act(work)
    this.#disk.fuse = 0
    return done
  }

  async #append(): Promise<void> {
    const count = this.#dice.chance(0.3) ? 1 : this.#dice.between(1, 40)
    const names = Array.from({ length: count }, () => `r${++this.counts.records}`)
    const done = await this.#act(writer =>
      writer.append(
        names.map((name, number) => recordOf(name, number)),
        this.#moment,
      ),
    )
    await this.#learn(names, done)
  }

  async #learn(names: readonly string[], done: boolean): Promise<void> {
    const { file } = this.#disk
    if (file) this.#expected.learn(await Expected.rows(file), names, done)
  }

  async #prune(): Promise<void> {
    const confirmed = this.#dice.chance(0.5)
    await this.#act(async writer => {
      const doubt = (await writer.standing(this.#moment))?.doubt
      const { due, refused } = await (confirmed
        ? planConfirmed(writer, this.#moment)
        : writer.planPruning(null, this.#moment))
      if (doubt !== 'none') deepEqual({ due, refused }, { due: [], refused: 'clock' })
      if (confirmed) ok(refused !== 'too-much')
      for (const segment of due) {
        await writer.prune(segment, this.#moment)
        if (this.#dice.chance(0.01)) return
      }
      await writer.endPruning(this.#moment)
    })
    await this.#learn([], true)
    this.counts.pruned = this.#expected.pruned
  }

  async #enrol(): Promise<void> {
    const auditor = this.#auditors[this.#enrolled]
    if (!auditor) return
    await this.#act(writer => writer.enrol(auditor.row, this.#moment))
    const writer = await this.#disk.writer()
    this.#enrolled = (await writer.nextAuditor()) - 1
  }

  async #takeStep(): Promise<void> {
    await this.#disk.writer()
    const { file } = this.#disk
    if (!file) return
    await this.#act(async writer => {
      this.counts.caseSteps += await takeAnySteps(writer, file, this.#moment, this.#dice)
    })
  }

  async #changeAuditor(): Promise<void> {
    await this.#disk.writer()
    const { file } = this.#disk
    if (file) await this.#act(writer => changeAnyAuditor(writer, file, this.#moment, this.#dice))
  }

  async #stepClock(): Promise<void> {
    const before = this.#now
    this.#now += this.#dice.pick([
      [6, this.#dice.between(-10, 10) * minute],
      [4, this.#dice.between(-3, 3) * hour],
      [2, -day],
      [2, 2 * day],
      [1, 40 * day],
      [1, -40 * day],
      [1, -this.#now],
    ])
    if (this.#now < 0) this.#now = this.#dice.between(0, 30) * minute
    const noticed = this.#dice.chance(0.6)
    const trusted = this.#dice.chance(0.2)
    if (noticed) await this.#act(writer => writer.clockStepped(before, { now: this.#now, trusted }))
    else if (this.#dice.chance(0.5)) await this.#end()
    if (this.#now < Date.parse('2026-11-01T00:00:00Z') && this.#dice.chance(0.7)) await this.#setClock()
  }

  /** The network gives the right time after a while. */
  async #setClock(): Promise<void> {
    await this.#append()
    const before = this.#now
    this.#now = Date.parse('2026-11-23T08:00:00Z') + this.counts.steps * 4 * hour
    await this.#act(writer => writer.clockStepped(before, { now: this.#now, trusted: true }))
  }

  async #confirmClock(): Promise<void> {
    if (this.#dice.chance(0.5)) await this.#act(writer => writer.tick({ now: this.#now, trusted: true }))
    else await this.#act(writer => writer.note('clock_confirmed', { by: 'admin' }, this.#moment))
  }

  async #changeSettings(): Promise<void> {
    await this.#end()
    this.#log.retentionDays = this.#dice.pick([
      [1, 30],
      [1, 60],
      [1, 90],
    ])
    if (this.#dice.chance(0.3)) this.#log.key = generateKeyPairSync('ed25519').privateKey
  }

  async #restart(): Promise<void> {
    await this.#end()
    if (this.#dice.chance(0.2)) this.#now += this.#dice.between(1, 4) * day
    await this.#act(writer => writer.start(this.#moment))
  }

  /** Cleanly, or as a crash would: nobody closes the segment. */
  #end(): Promise<void> {
    const clean = this.#dice.chance(0.5)
    return this.#disk.end(clean ? writer => writer.close(this.#moment) : undefined)
  }

  /** Everything that was acknowledged is there, once, in order and to the letter; what was pruned is not. */
  async #check(all: boolean): Promise<void> {
    await this.#end()
    this.counts.checks += 1
    equal(await verdictOn(this.#log), null)
    const segments = await this.#log.look(database =>
      new Reading(database, this.#auditors).segments(all ? 1 : this.#expected.lastRead),
    )
    this.#expected.compare(
      segments.map(segment => ({ ...segment, texts: segment.texts?.map(nameIn) ?? null })),
      all,
    )
    this.#keepOrRestore()
  }

  #keepOrRestore(): void {
    const kept = join(this.#log.folder, 'backup.db')
    const roll = this.#backup ? this.#dice.next() : 0
    if (roll < 0.3) {
      cpSync(this.#log.path, kept)
      this.#backup = { expected: this.#expected.copy(), enrolled: this.#enrolled }
    } else if (this.#backup && roll < 0.7) {
      cpSync(kept, this.#log.path)
      this.#expected = this.#backup.expected.copy()
      this.#enrolled = this.#backup.enrolled
      this.counts.restores += 1
    }
  }
}
