import type { Case } from '../cases.ts'
import type { File } from '../file.ts'
import { type AuditorRow, hour, hourOf } from '../formats/layout.ts'
import { CaseRefused } from '../formats/refusal.ts'
import { OpenSegment, type Sealable, type Watch } from '../sealing/segment.ts'
import type { Anchor } from './anchor.ts'
import { type AuditorStep, appoint, enrolAuditor, nextAuditor } from './auditor-steps.ts'
import { nextCase } from './case-rows.ts'
import { type CaseStep, takeStep } from './case-steps.ts'
import { type Doubt, doubtAbout, doubtIn, noteStep } from './doubt.ts'
import type { Fields, Ledger } from './ledger.ts'
import { type NotedKind, noteLine } from './noted.ts'
import { PeriodChoice } from './period-choice.ts'
import { endSegment, growSegment, insertRecords, insertSegment } from './records.ts'
import { recoverSegments } from './recover.ts'
import { type Due, emptyWriteAhead, type Pruning, planPruning, pruneSegment, shredPeriods } from './retention.ts'
import { type Standing, standingOf } from './standing.ts'
import { beginLog, noteSettings, type Settings } from './start.ts'

/** When something happens: milliseconds since 1970, and whether the network vouches for them. */
export interface Moment {
  readonly now: number
  readonly trusted: boolean
}

export interface WriterOptions extends Settings {
  /** Most records of a segment; 8192 unless a test wants small ones. */
  readonly segmentSize?: number
  readonly watch?: Watch
}

const largestSegment = 8192

/** What a start has read from the file; forgotten after any error. */
interface Opened {
  readonly ledger: Ledger
  readonly instance: Buffer
  readonly periods: PeriodChoice
}

/**
 * The one writer of the sealed log. Its calls must come one after another. After any error it forgets what it held
 * and reads the file anew: a key whose record may or may not be on disk is never used again.
 */
export class Writer {
  readonly #file: File
  readonly #anchor: Anchor
  readonly #options: WriterOptions
  readonly #segmentSize: number
  #opened: Opened | null = null
  #segment: OpenSegment | null = null
  #lastHour = 0
  #started = false
  /** What was deleted may still stand in the write-ahead log; also what was deleted right before a crash. */
  #emptied = false

  constructor(file: File, anchor: Anchor, options: WriterOptions) {
    this.#file = file
    this.#anchor = anchor
    this.#options = options
    this.#segmentSize = options.segmentSize ?? largestSegment
  }

  async #act<T>(moment: Moment, work: (opened: Opened) => Promise<T>): Promise<T> {
    try {
      this.#opened ??= await this.#open(moment)
      return await work(this.#opened)
    } catch (error) {
      // Nothing was written, and nothing is in doubt.
      if (error instanceof CaseRefused) throw error
      this.#segment?.wipe()
      this.#segment = null
      this.#opened = null
      throw error
    }
  }

  async #open(moment: Moment): Promise<Opened> {
    const { now } = moment
    const { ledger, instance, before } = await beginLog(this.#file, this.#anchor, this.#options, now)
    await recoverSegments(this.#file, ledger, instance, now)
    const [last] = await this.#file.all<{ hour: number }>('SELECT hour FROM audit_segment ORDER BY id DESC LIMIT 1')
    this.#lastHour = last?.hour ?? 0
    const doubt = doubtAbout(before, now)
    if (doubt !== 'none' || now < before) await this.#noteStep(ledger, before, moment, doubt)
    if (!this.#started) await noteSettings(ledger, this.#options, now)
    this.#started = true
    const periods = await PeriodChoice.load(this.#file, ledger, instance)
    await periods.prepare(now)
    return { ledger, instance, periods }
  }

  /** Gets everything ready, so that the first record need not wait for it. */
  start(moment: Moment): Promise<void> {
    return this.#act(moment, async () => undefined)
  }

  /** Seals records and makes them durable, in the order given. */
  append(records: readonly Sealable[], moment: Moment): Promise<void> {
    return this.#act(moment, async opened => {
      let rest = records
      while (rest.length > 0) {
        const segment = await this.#segmentFor(opened, moment)
        const room = this.#segmentSize - segment.n
        await this.#store(segment, rest.slice(0, room))
        rest = rest.slice(room)
      }
    })
  }

  async #store(segment: OpenSegment, records: readonly Sealable[]): Promise<void> {
    const { id } = segment.segment
    const rows = records.map(record => segment.seal(record))
    await this.#file.atomically(async () => {
      await insertRecords(this.#file, id, rows)
      await growSegment(this.#file, id, segment.n, segment.head)
    })
  }

  /** The segment of this hour and its period; its row with the sealed key stands before its first record. */
  async #segmentFor({ ledger, instance, periods }: Opened, moment: Moment): Promise<OpenSegment> {
    const { now } = moment
    const hours = hourOf(now)
    const open = this.#segment
    if (open?.segment.hour === hours && open.n < this.#segmentSize && open.segment.period === periods.at(hours)?.id)
      return open
    await this.#closeSegment(ledger, now)
    if (hours < this.#lastHour) await this.#noteStep(ledger, this.#lastHour * hour, moment, 'none')
    const period = await periods.take(hours, now)
    const [next] = await this.#file.all<{ id: number }>('SELECT coalesce(max(id), 0) + 1 AS id FROM audit_segment')
    const place = { id: next?.id ?? 1, period: period.id, hour: hours }
    const started = await OpenSegment.start(instance, period.pk, place, this.#options.watch)
    // From here on whatever fails wipes it.
    this.#segment = started
    await insertSegment(this.#file, started.segment, started.head)
    this.#lastHour = hours
    return started
  }

  async #closeSegment(ledger: Ledger, now: number): Promise<void> {
    const open = this.#segment
    if (!open) return
    const { id: seg, period, hour: hours } = open.segment
    await ledger.commit(now, async add => {
      const closed = await add('segment_closed', {
        seg,
        n: open.n,
        head: open.head.toString('hex'),
        period,
        hour: hours,
      })
      await endSegment(this.#file, seg, closed)
    })
    open.wipe()
    this.#segment = null
  }

  async #noteStep(ledger: Ledger, before: number, moment: Moment, raised: Doubt): Promise<void> {
    await noteStep(this.#file, ledger, before, moment, raised)
    this.#lastHour = hourOf(moment.now)
  }

  /** What is due each minute: the hour's end, the hourly sign of life, the coming period, a clock that is right again. */
  tick(moment: Moment): Promise<void> {
    return this.#act(moment, async ({ ledger, periods }) => {
      const hours = hourOf(moment.now)
      const before = ledger.newest
      if (this.#segment && this.#segment.segment.hour !== hours) await this.#closeSegment(ledger, moment.now)
      if (hours < hourOf(before)) await this.#noteStep(ledger, before, moment, 'none')
      if (moment.trusted && doubtIn(ledger) !== 'none')
        await ledger.commit(moment.now, add => add('clock_confirmed', { by: 'network' }))
      if (hours !== hourOf(ledger.last?.t ?? 0)) await ledger.commit(moment.now, add => add('heartbeat', {}))
      await periods.prepare(moment.now)
      if (!this.#emptied) this.#emptied = await emptyWriteAhead(this.#file)
    })
  }

  /** The wall clock has left the time that really passed: a new segment, and a line that says so. */
  clockStepped(before: number, moment: Moment): Promise<void> {
    return this.#act(moment, async ({ ledger }) => {
      await this.#closeSegment(ledger, moment.now)
      await this.#noteStep(ledger, before, moment, doubtAbout(before, moment.now))
    })
  }

  /** Adds a line that changes nothing else: a confirmation, the result of a check. */
  note(kind: NotedKind, fields: Fields, moment: Moment): Promise<void> {
    return this.#act(moment, ({ ledger }) => noteLine(this.#file, ledger, kind, fields, moment.now))
  }

  readonly nextAuditor = (): Promise<number> => nextAuditor(this.#file)
  readonly nextCase = (): Promise<number> => nextCase(this.#file)

  enrol(auditor: AuditorRow, moment: Moment): Promise<void> {
    return this.#act(moment, async ({ ledger, periods }) => {
      await enrolAuditor(this.#file, ledger, auditor, moment.now)
      await periods.prepare(moment.now)
    })
  }

  appoint(step: AuditorStep, moment: Moment): Promise<void> {
    return this.#act(moment, async ({ ledger }) => {
      this.#emptied = false
      await appoint(this.#file, ledger, step, moment.now)
      this.#emptied = await emptyWriteAhead(this.#file)
    })
  }

  step(step: CaseStep, moment: Moment): Promise<Case> {
    return this.#act(moment, async ({ ledger }) => {
      // Copies of what is deleted are not to stay; where somebody reads just now, the next minute tries again.
      if (step.step === 'shred') this.#emptied = false
      const done = await takeStep(this.#file, ledger, step, moment.now)
      if (!this.#emptied) this.#emptied = await emptyWriteAhead(this.#file)
      return done
    })
  }

  planPruning(confirmed: number | null, moment: Moment): Promise<Pruning> {
    const rule = { retentionDays: this.#options.retentionDays, confirmed }
    return this.#act(moment, ({ ledger }) => planPruning(this.#file, ledger, moment.now, rule))
  }

  prune(segment: Due, moment: Moment): Promise<void> {
    return this.#act(moment, ({ ledger }) => pruneSegment(this.#file, ledger, segment, moment.now))
  }

  endPruning(moment: Moment): Promise<void> {
    return this.#act(moment, async ({ ledger }) => {
      await shredPeriods(this.#file, ledger, moment.now)
      this.#emptied = await emptyWriteAhead(this.#file)
    })
  }

  /** How the log stands; null where that is what the note `known` already said. */
  standing(moment: Moment, known = ''): Promise<Standing | null> {
    return this.#act(moment, async ({ ledger }) => (ledger.note === known ? null : standingOf(this.#file, ledger)))
  }

  /** Ends the open segment and closes the file. */
  async close(moment: Moment): Promise<void> {
    try {
      if (this.#opened && this.#segment) await this.#act(moment, ({ ledger }) => this.#closeSegment(ledger, moment.now))
    } finally {
      await this.#file.close()
    }
  }
}
