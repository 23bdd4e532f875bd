import type { Entry } from '../formats/entries.ts'
import { hourOf, monthOf } from '../formats/layout.ts'
import { Ageing } from './ageing.ts'
import { Cases } from './cases.ts'
import { Keys, type Period, refuse } from './keys.ts'
import { broken } from './rows.ts'
import { say } from './say.ts'

/** How a segment ended. */
export interface Closing {
  readonly idx: number
  readonly state: 'closed' | 'recovered'
  readonly n: number
  readonly head: string
  readonly period: number
  readonly hour: number
  /** From this hour on its time counts: what a doubtful clock recorded is as old as the clock's confirmation. */
  dated: number
  pruned: boolean
}

type Numbers =
  | 'gen'
  | 'seg'
  | 'n'
  | 'period'
  | 'hour'
  | 'auditor'
  | 'case'
  | 'from'
  | 'to'
  | 'until'
  | 'before'
  | 'after'
type MoreNumbers = 'generation' | 'old_size' | 'new_size' | 'retention_days'
type Words = 'instance' | 'name' | 'key' | 'row' | 'head' | 'month' | 'pk' | 'doubt' | 'by'
/** The fields of all kinds; `parseEntry` has made sure that each line has those of its own. */
type Fields = Pick<Period, 'shares'> & Readonly<Record<Numbers | MoreNumbers, number> & Record<Words, string>>

const longestExtension = 24

/** What the ledger tells, line by line; a line that cannot follow the ones before it is refused. */
export class History {
  size = 0
  /** The time of the newest line. */
  until = 0
  instance = ''
  name = ''
  createdAt = 0
  generation = 1
  /** The key that signs now; before it, all others. */
  readonly keys: string[] = []
  readonly openers = new Keys()
  readonly cases = new Cases()
  readonly segments: Closing[] = []
  readonly restores: { readonly idx: number; readonly t: number; readonly generation: number }[] = []
  readonly notes: string[] = []
  /** The earliest hour and period in which the next segment can lie. */
  #earliest = { hour: 0, period: 1 }
  readonly #ageing = new Ageing()
  #pruneRefused: number | null = null

  /** The name under which the log signs now. */
  get origin(): string {
    return this.generation === 1 ? this.name : `${this.name}/g${this.generation}`
  }

  add(entry: Entry): void {
    const idx = this.size
    if ((entry.k === 'instance_created') !== (idx === 0)) this.#refuse('an dieser Stelle darf sie nicht stehen')
    if (entry.t < this.until && entry.k !== 'clock_step') this.#refuse('die Zeit läuft rückwärts')
    this.#tell(idx, entry, entry as unknown as Fields)
    this.until = entry.t
    this.size += 1
  }

  #refuse(why: string): never {
    refuse(this.size, why)
  }

  #tell(idx: number, entry: Entry, fields: Fields): void {
    const { t, k } = entry
    if (this.cases.tell(idx, entry, this.openers, this.#ageing.inDoubt)) return
    switch (k) {
      case 'instance_created':
        this.instance = fields.instance
        this.name = fields.name
        this.createdAt = t
        this.keys.push(fields.key)
        break
      case 'checkpoint_key_rotated':
        this.keys.push(fields.key)
        this.notes.push(`Am ${say(t)} wechselte der Schlüssel, ohne Unterschrift des alten.`)
        break
      case 'auditor_enrolled':
        this.openers.enrol(idx, fields.auditor, fields.row)
        break
      case 'auditor_suspended':
      case 'auditor_reinstated':
        this.openers.suspend(idx, fields.auditor, k === 'auditor_suspended')
        break
      case 'auditor_revoked':
        this.openers.revoke(idx, fields.auditor)
        this.notes.push(`Prüfende Person ${fields.auditor} ist seit dem ${say(t)} keine mehr.`)
        break
      case 'auditor_differs':
        this.notes.push(
          `Am ${say(t)} stand prüfende Person ${fields.auditor} anders in der Datei als im Verzeichnis; versiegelt wurde so nichts.`,
        )
        break
      case 'passphrase_changed':
        this.openers.rewrap(idx, fields.auditor, fields.row)
        break
      case 'drill_passed':
      case 'share_refused':
        this.openers.needAuditor(idx, fields.auditor)
        break
      case 'period_opened':
        this.openers.open(idx, fields.period, fields)
        break
      case 'shares_reissued':
        this.openers.reissue(idx, fields.period, fields)
        this.notes.push(`Die Anteile an Zeitraum ${fields.period} wurden am ${say(t)} neu verteilt.`)
        break
      case 'period_extended':
        if (fields.until - fields.from >= longestExtension || fields.from > hourOf(t))
          this.#refuse('so weit darf kein Zeitraum verlängert werden')
        this.openers.period(idx, fields.period).extensions.push(fields)
        this.notes.push(`Zeitraum ${fields.period} wurde am ${say(t)} verlängert.`)
        break
      case 'period_shredded':
        this.openers.shred(idx, fields.period)
        break
      case 'segment_closed':
      case 'segment_recovered':
        this.#closeSegment(idx, k === 'segment_closed' ? 'closed' : 'recovered', fields)
        break
      case 'segment_pruned':
        this.#pruneSegment(idx, t, fields)
        break
      case 'hold_set':
        this.cases.hold(idx, t, [fields.case, fields.from, fields.to, fields.until])
        break
      case 'hold_released':
        this.cases.release(idx, fields.case, fields.from)
        break
      case 'clock_step':
        if (fields.after !== t) this.#refuse('die Uhr wurde auf eine andere Zeit gestellt')
        this.#earliest.hour = Math.min(this.#earliest.hour, hourOf(t))
        this.#ageing.step(fields)
        break
      case 'clock_confirmed':
        this.#ageing.confirm(t, fields.by)
        break
      case 'restore_detected':
        this.#restore(idx, t, fields)
        break
      case 'verify_failed':
        this.notes.push(
          fields.seg === 0
            ? `Die Prüfung am ${say(t)} fand einen Fehler.`
            : `Abschnitt ${fields.seg} war am ${say(t)} anders, als er hinterlassen wurde.`,
        )
        break
      case 'prune_refused':
        this.#pruneRefused = t
        break
      case 'config_changed':
        this.#ageing.retain(t, fields.retention_days)
        break
    }
  }

  /**
   * Whether a segment may lie in this period and hour. Its period was opened before, and covers the hour: in its month,
   * give or take an hour, or by an extension. So old records cannot be sealed anew to a newer key. Neither periods nor
   * hours go back, unless the clock was seen to step since the last segment ended.
   */
  placeSegment(id: number, period: number, hour: number): Period {
    const opened = this.openers.periods[period - 1]
    if (!opened || opened.shredded !== null) broken(`Abschnitt ${id}: seinen Zeitraum gab es damals nicht`)
    const covers =
      [hour - 1, hour, hour + 1].some(near => near >= 0 && near < 1e9 && monthOf(near) === opened.month) ||
      opened.extensions.some(({ from, until }) => hour >= from && hour <= until)
    if (!covers) broken(`Abschnitt ${id}: seine Stunde liegt nicht in seinem Zeitraum`)
    if (period < this.#earliest.period) broken(`Abschnitt ${id}: sein Zeitraum liegt vor dem des Abschnitts davor`)
    if (hour < this.#earliest.hour) broken(`Abschnitt ${id}: seine Stunde liegt vor der des Abschnitts davor`)
    return opened
  }

  #closeSegment(idx: number, state: Closing['state'], { seg, n, head, period, hour }: Fields): void {
    if (seg !== this.segments.length + 1) this.#refuse('dieser Abschnitt ist nicht an der Reihe')
    this.placeSegment(seg, period, hour).segments += 1
    this.#earliest = { hour, period }
    const closing = { idx, state, n, head, period, hour, dated: hour, pruned: false }
    this.segments.push(closing)
    this.#ageing.close(closing)
  }

  #pruneSegment(idx: number, t: number, { seg, n, head }: Fields): void {
    const closing = this.segments[seg - 1]
    if (!closing || closing.pruned || closing.n !== n || closing.head !== head)
      this.#refuse('diesen Abschnitt gab es so nicht')
    const early = this.#ageing.prune(t, seg, closing)
    if (early) this.#refuse(early)
    for (const [, from, to, until] of this.cases.holds.values())
      if (closing.hour >= from && closing.hour <= to && until > hourOf(t))
        this.#refuse('hier wurde gelöscht, was für einen Fall gebraucht wird')
    closing.pruned = true
    this.openers.period(idx, closing.period).segments -= 1
    this.#pruneRefused = null
  }

  #restore(idx: number, t: number, { generation, old_size, new_size }: Fields): void {
    if (generation <= this.generation || new_size !== idx) this.#refuse('dieser Neubeginn kann so nicht sein')
    this.generation = generation
    this.restores.push({ idx, t, generation })
    const lost = old_size > new_size ? `; die Zeilen ${new_size} bis ${old_size - 1} von damals fehlen` : ''
    this.notes.push(`Am ${say(t)} wurde ein älterer Stand eingespielt${lost}.`)
  }

  /** What only the end of the ledger and the time of the check can show. */
  settle(now: number): void {
    this.#ageing.settle(this.until, now, this.createdAt)
    this.notes.push(...this.cases.remarks(now))
  }

  /** What whoever checks should know, though nothing of it is a fault of the log. */
  remarks(): string[] {
    const refused = this.#pruneRefused
    const pruning = refused === null ? [] : [`Seit dem ${say(refused)} wartet das Löschen auf eine Bestätigung.`]
    const key = `Es unterschreibt der Schlüssel ${this.keys.at(-1)?.slice(0, 8)}.`
    return [...this.notes, ...this.#ageing.remarks(), ...pruning, key]
  }
}
