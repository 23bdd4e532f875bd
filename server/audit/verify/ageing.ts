import { hour, hourOf } from '../formats/layout.ts'
import type { Closing } from './history.ts'
import { broken, NotChecked } from './rows.ts'
import { say } from './say.ts'

const day = 24
/** Hours by which a clock may be wrong without anybody's doubt. */
const leap = 36

/** The clock as the ledger tells of it, and whether what was deleted had reached its age. */
export class Ageing {
  #retention: number | null = null
  #doubt: string | null = null
  /** Closed while the clock was in doubt. */
  #undated: Closing[] = []
  readonly #pruned: { readonly seg: number; readonly dated: number; readonly retention: number }[] = []
  readonly #notes: string[] = []

  /** A leap of more than a day and a half is a doubt, whatever the line itself says of it. */
  step({ before, after, doubt }: { readonly before: number; readonly after: number; readonly doubt: string }): void {
    const doubtful = doubt !== 'none' || after > before + leap * hour
    if (doubtful) this.#doubt = `Am ${say(after)} sprang die Uhr; niemand hat sie seither bestätigt.`
    if (Math.abs(after - before) > hour) this.#notes.push(`Die Uhr sprang von ${say(before)} auf ${say(after)}.`)
  }

  get inDoubt(): boolean {
    return this.#doubt !== null
  }

  confirm(t: number, by: string): void {
    this.#doubt = null
    for (const closing of this.#undated) closing.dated = hourOf(t)
    this.#undated = []
    if (by === 'admin') this.#notes.push(`Am ${say(t)} bestätigte jemand aus der Verwaltung die Uhr.`)
  }

  retain(t: number, days: number): void {
    const before = this.#retention
    if (before !== null && before !== days)
      this.#notes.push(`Seit dem ${say(t)} wird nach ${days} statt nach ${before} Tagen gelöscht.`)
    this.#retention = days
  }

  close(closing: Closing): void {
    if (this.#doubt !== null) this.#undated.push(closing)
  }

  /** Why this segment must not go now, or null. */
  prune(t: number, seg: number, { dated }: Closing): string | null {
    if (this.#doubt !== null) return 'hier wurde gelöscht, während an der Uhr Zweifel bestand'
    const retention = this.#retention
    if (retention === null || dated >= hourOf(t) - day * retention)
      return 'dieser Abschnitt wurde vor der Zeit gelöscht'
    this.#pruned.push({ seg, dated, retention })
    return null
  }

  /** A clock that was put forward to delete, and back again, shows at the end; so does one that is still ahead. */
  settle(until: number, now: number, createdAt: number): void {
    if (now < createdAt - leap * hour)
      throw new NotChecked(`Die Uhr dieses Rechners zeigt ${say(now)}; da gab es das Protokoll noch nicht`)
    const latest = hourOf(Math.min(until, now)) + leap
    const early = this.#pruned.find(({ dated, retention }) => dated >= latest - day * retention)
    if (early && this.#doubt !== null)
      throw new NotChecked(`${this.#doubt} Vielleicht wurde Abschnitt ${early.seg} vor der Zeit gelöscht`)
    if (early) broken(`Abschnitt ${early.seg} wurde vor der Zeit gelöscht, gemessen am ${say(Math.min(until, now))}`)
    if (until > now + day * hour)
      broken(`Die letzte Zeile ist vom ${say(until)}; die Uhr dieses Rechners zeigt erst ${say(now)}`)
  }

  remarks(): string[] {
    return [...this.#notes, ...(this.#doubt === null ? [] : [this.#doubt])]
  }
}
