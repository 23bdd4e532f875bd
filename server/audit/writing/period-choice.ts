import type { File } from '../file.ts'
import { type AuditorRow, differing, hourOf, monthOf } from '../formats/layout.ts'
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
  /** Of whom the ledger has been told that the file says something else. */
  #told: readonly number[] = []

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
      const auditors = await this.#recipients(now)
      if (this.#mayOpen(auditors)) period = await this.#open(monthOf(hours), auditors, now)
      else if (period) await this.#extend(period, hours, now)
      else throw new Error('There is no period to seal to')
    }
    this.#used = Math.max(this.#used, period.id)
    return period
  }

  /** Opens for the auditors what will be needed: this month's period, and that of the next a week before it begins. */
  async prepare(now: number): Promise<void> {
    const auditors = await this.#recipients(now)
    if (auditors.length < fewestAuditors || !this.#mayOpen(auditors)) return
    for (const month of new Set([monthOf(hourOf(now)), monthOf(hourOf(now) + ahead)]))
      if (!this.#periods.some(period => period.month === month && period.n > 0)) await this.#open(month, auditors, now)
  }

  /**
   * To whom may be sealed: the auditors, where each of them is exactly the one that the ledger names. Where one is not,
   * nobody: a share must not go to a key that somebody has slipped in. The ledger says so, once for each time.
   */
  async #recipients(now: number): Promise<readonly AuditorRow[]> {
    const auditors = await activeAuditors(this.#file)
    const others = differing(auditors, this.#ledger.named)
    const found = others.filter(auditor => !this.#told.includes(auditor))
    if (found.length > 0)
      await this.#ledger.commit(now, async add => {
        for (const auditor of found) await add('auditor_differs', { auditor })
      })
    this.#told = others
    return others.length === 0 ? auditors : []
  }

  /** Not while the clock is doubtful; and once there were auditors, not for fewer than three. */
  #mayOpen(auditors: readonly AuditorRow[]): boolean {
    if (this.#periods.length === 0) return true
    if (doubtIn(this.#ledger) !== 'none') return false
    return this.#periods.every(period => period.n === 0) || auditors.length >= fewestAuditors
  }

  async #open(month: string, auditors: readonly AuditorRow[], now: number): Promise<Period> {
    const period = await openPeriod(this.#file, this.#ledger, this.#instance, month, auditors, now)
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
