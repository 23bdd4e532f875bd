import { beginCase, type Followed, followCase, isCaseKind, isOpen, timedKinds } from '../formats/case-rules.ts'
import { caseName, longestHold, monthly, type PaperKind } from '../formats/cases.ts'
import type { Entry } from '../formats/entries.ts'
import { hourOf } from '../formats/layout.ts'
import { followLock, isLockKind, type Lock } from '../formats/lock-rules.ts'
import { overdueIn } from '../formats/overdue.ts'
import { CaseRefused, type Refusal } from '../formats/refusal.ts'
import { type Keys, refuse } from './keys.ts'
import { broken } from './rows.ts'
import { say } from './say.ts'

/** Case, first and last hour, and the hour until which it holds. */
export type Held = readonly [number, number, number, number]

export interface Paper {
  readonly id: number
  readonly kind: PaperKind
  /** Of the sealed copies, one for each who was an auditor then. */
  readonly hash: string
  readonly auditors: readonly number[]
}

const why: Readonly<Record<Refusal, string>> = {
  unknown: 'diesen Vorgang gibt es nicht',
  number: 'diese Nummer ist nicht an der Reihe',
  'too-many-open': 'so viele Vorgänge dürfen nicht zugleich laufen',
  window: 'dieser Zeitraum ist zu weit',
  papers: 'die Unterlagen stimmen nicht',
  state: 'das kann hier nicht folgen',
  changed: 'er steht anders in der Datei',
  late: 'die Frist war vorbei',
  early: 'die Frist war noch nicht vorbei',
  time: 'diese Frist ist falsch',
  clock: 'an der Uhr bestand Zweifel',
  auditor: 'diese Person durfte das nicht',
  'same-person': 'es war beide Male dieselbe Person',
  head: 'die Zustimmung der Schulleitung fehlt oder ist falsch verzeichnet',
  shares: 'es lagen nicht zwei Anteile vor',
  report: 'einen Bericht gab es da nicht',
  keys: 'die Schlüssel der Prüfenden stehen anders in der Datei',
  'not-proposed': 'das hatte niemand vorgeschlagen',
  already: 'das war schon geschehen',
  'too-many-auditors': 'so viele Prüfende darf es nicht geben',
}

const undone = {
  closing: 'Er wurde geöffnet, aber nie geschlossen.',
  notice: 'Dass die Betroffenen benachrichtigt wurden, steht nicht im Verzeichnis.',
} as const

const paperOf: Readonly<Record<string, PaperKind>> = {
  lookup_requested: 'request',
  lookup_approved: 'review',
  lookup_denied: 'review',
  lookup_closed: 'result',
}

/** Who is an auditor at a line: papers are sealed to all of them, and whoever is suspended does nothing. */
type Auditors = Pick<Keys, 'active' | 'acting'>

/** Who asked to open the log, who agreed, who opened it, and what came of it: each step must follow from those before. */
export class Cases {
  readonly all = new Map<number, Followed>()
  readonly papers: Paper[] = []
  /** Hash of each report that is there. */
  readonly reports = new Map<number, string>()
  readonly holds = new Map<string, Held>()
  readonly #locks = new Map<number, Lock>()

  /** Whether the line is about a case or a lock. */
  tell(idx: number, entry: Entry, auditors: Auditors, inDoubt: boolean): boolean {
    if (inDoubt && timedKinds.has(entry.k)) refuse(idx, why.clock)
    try {
      if (isLockKind(entry.k)) this.#followLock(entry, auditors.acting)
      else if (entry.k === 'lookup_requested' || isCaseKind(entry.k)) this.#follow(entry, auditors)
      else return false
      return true
    } catch (error) {
      if (error instanceof CaseRefused) refuse(idx, why[error.reason])
      throw error
    }
  }

  #follow(entry: Entry, { active, acting }: Auditors): void {
    const id = Number(entry.case)
    const after =
      entry.k === 'lookup_requested'
        ? beginCase(entry, acting, this.#requests(entry.t))
        : followCase(this.all.get(id) ?? null, entry, acting)
    this.all.set(id, after)
    const kind = paperOf[entry.k]
    if (kind) this.papers.push({ id, kind, hash: String(entry.papers), auditors: [...active] })
    if (entry.k === 'lookup_executed') this.reports.set(id, String(entry.report))
    if (entry.k === 'report_shredded') this.reports.delete(id)
  }

  #requests(t: number) {
    const cases = [...this.all.values()].map(one => one.case)
    const year = new Date(t).getUTCFullYear()
    const yearly = cases.filter(one => new Date(one.requestedAt).getUTCFullYear() === year)
    return {
      next: cases.length + 1,
      no: caseName(t, yearly.length),
      open: cases.filter(isOpen).length,
      recent: cases.filter(one => one.requestedAt > t - monthly.within).length,
    }
  }

  #followLock(entry: Entry, active: ReadonlySet<number>): void {
    const id = Number(entry.lock)
    this.#locks.set(
      id,
      followLock(this.#locks.get(id), entry, active, one => this.all.has(one)),
    )
  }

  /** Only what a case that is still open asked for, and for thirty days at most. */
  hold(idx: number, t: number, [id, from, to, until]: Held): void {
    const held = this.all.get(id)?.case
    const key = `${id}/${from}`
    const fits = held && isOpen(held) && held.from === from && held.to === to && until === hourOf(t) + longestHold
    if (!fits || this.holds.has(key)) refuse(idx, 'so darf kein Vorgang etwas aufbewahren')
    this.holds.set(key, [id, from, to, until])
  }

  release(idx: number, id: number, from: number): void {
    if (!this.holds.delete(`${id}/${from}`)) refuse(idx, 'diese Sperre gibt es nicht')
  }

  /** What was put off, or forgotten: no fault of the log, but somebody should ask why. */
  remarks(now: number): string[] {
    return [...this.all.values()].flatMap(one => {
      const due = overdueIn(one, now)
      return due ? [`Vorgang ${one.case.no}: ${undone[due.what]} Fällig war das am ${say(due.since)}.`] : []
    })
  }

  /** At the end every open case holds what it needs, and no other holds anything. */
  settle(): void {
    for (const { case: one } of this.all.values())
      if (isOpen(one) !== this.holds.has(`${one.id}/${one.from}`))
        broken(`Vorgang ${one.no}: Was er aufbewahrt, stimmt nicht`)
  }
}
