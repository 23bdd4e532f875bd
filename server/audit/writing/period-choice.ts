import type { File } from '../file.ts'
import { hourOf, monthOf } from '../formats/layout.ts'
import { doubtIn } from './doubt.ts'
import type { Ledger } from './ledger.ts'
import { activeAuditors, covers, fewestAuditors, listPeriods, openPeriod, type Period } from './periods.ts'

/** Hours before a month begins in which its period is made ready. */
const ahead = 7 * 24
/** Hours for which a period goes on that should have ended, before the ledger says so again. */
const extension = 24

/** Which period is sealed to, and when a new one is opened. */
export class PeriodChoice {
  readonly #file: File
  readonly #ledger: Ledger
  readonly #instance: Buffer
  readonly #periods: Period[]
  #used: number

  private constructor(file: File, ledger: Ledger, instance: Buffer, periods: Period[], used: number) {
    this.#file = file
    this.#ledger = ledger
    this.#instance = instance
    this.#periods = periods
    this.#used = used
  }

  static async load(file: File, ledger: Ledger, instance: Buffer): Promise<PeriodChoice> {
    const [last] = await file.all<{ used: number | null }>('SELECT max(period_id) AS used FROM audit_segment')
    return new PeriodChoice(file, ledger, instance, await listPeriods(file), last?.used ?? 0)
  }

  /** The newest whose month has begun; never one before the last that was used. */
  at(hours: number): Period | undefined {
    const month = monthOf(hours)
    const begun = this.#periods.filter(period => period.month <= month).at(-1) ?? this.#periods.at(-1)
    return begun && begun.id < this.#used ? this.#periods.find(period => period.id === this.#used) : begun
  }

  /** The period to seal to. Where that of the month is missing and cannot be opened, the last one goes on, and the ledger says so. */
  async take(hours: number, now: number): Promise<Period> {
    let period = this.at(hours)
    if (!period || !covers(period, hours)) {
      if (await this.#mayOpen()) period = await this.#open(monthOf(hours), now)
      else if (period) await this.#extend(period, hours, now)
      else throw new Error('There is no period to seal to')
    }
    this.#used = Math.max(this.#used, period.id)
    return period
  }

  /** Opens for the auditors what will be needed: this month's period, and that of the next a week before it begins. */
  async prepare(now: number): Promise<void> {
    if (!(await this.#enoughAuditors()) || !(await this.#mayOpen())) return
    for (const month of new Set([monthOf(hourOf(now)), monthOf(hourOf(now) + ahead)]))
      if (!this.#periods.some(period => period.month === month && period.n > 0)) await this.#open(month, now)
  }

  async #enoughAuditors(): Promise<boolean> {
    return (await activeAuditors(this.#file)).length >= fewestAuditors
  }

  /** Not while the clock is doubtful; and once there were auditors, not for fewer than three. */
  async #mayOpen(): Promise<boolean> {
    if (this.#periods.length === 0) return true
    if (doubtIn(this.#ledger) !== 'none') return false
    return this.#periods.every(period => period.n === 0) || (await this.#enoughAuditors())
  }

  async #open(month: string, now: number): Promise<Period> {
    const period = await openPeriod(this.#file, this.#ledger, this.#instance, month, now)
    this.#periods.push(period)
    return period
  }

  async #extend(period: Period, hours: number, now: number): Promise<void> {
    const last = this.#ledger.latest('period_extended')?.entry
    if (last?.period === period.id && hours >= Number(last.from) && hours <= Number(last.until)) return
    const fields = { period: period.id, from: hours, until: hours + extension - 1 }
    await this.#ledger.commit(now, add => add('period_extended', fields))
  }
}
