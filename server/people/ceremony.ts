import type { Clock } from '../clock.ts'
import type { CeremonyPlan, ComeRefused, Ending, Part, Presence, Seat, Why } from './seats.ts'

/** Times in milliseconds: how long two people have in all, and how long one of them may be away. */
export const ceremonyWindow = 10 * 60_000
export const longestAbsence = 45_000

interface Taken {
  readonly seat: Seat
  seenAt: number
  part: Part | null
  /** Their key is just being opened. */
  busy: boolean
  openedAt: number | null
}

/**
 * Two people, each in their own session, with their own authenticator, on their own device, open one part each.
 *
 * From the first open part on both must be seen every 45 seconds; after ten minutes, at a sign-out or when either
 * says stop, everything is wiped. Time is the clock that nobody can set.
 */
export class Ceremony {
  readonly #clock: Clock
  readonly #plan: CeremonyPlan<Part>
  readonly #began: number
  readonly #seats = new Map<number, Taken>()
  #state: 'waiting' | 'working' | 'committed' | 'done' | 'ended' = 'waiting'
  #ending: Ending | null = null
  #progress = { done: 0, of: 0 }
  #settled: Promise<void> = Promise.resolve()
  readonly #guarded: Part[] = []

  constructor(clock: Clock, plan: CeremonyPlan<Part>) {
    this.#clock = clock
    this.#plan = plan
    this.#began = clock.steady()
  }

  get state() {
    return this.#state
  }
  get over(): boolean {
    return this.#state === 'done' || this.#state === 'ended'
  }
  get ending(): Ending | null {
    return this.#ending
  }
  get progress(): { readonly done: number; readonly of: number } {
    return this.#progress
  }
  /** Resolves when neither the work nor the line about its end is under way. */
  get settled(): Promise<void> {
    return this.#settled
  }
  /** Milliseconds until everything is wiped. */
  get left(): number {
    return Math.max(0, this.#began + ceremonyWindow - this.#clock.steady())
  }

  presence(auditor: number): Presence {
    const taken = this.#seats.get(auditor)
    const now = this.#clock.steady()
    return {
      auditor,
      here: taken !== undefined,
      unseen: taken ? now - taken.seenAt : 0,
      open: taken?.openedAt != null,
      openFor: taken?.openedAt == null ? null : now - taken.openedAt,
    }
  }

  /** Takes a seat, or says why not. Who comes again from another session takes it anew as long as nothing is open. */
  come(seat: Seat): ComeRefused | null {
    if (this.over) return 'over'
    if (!this.#plan.admits(seat.auditor)) return 'stranger'
    const own = this.#seats.get(seat.auditor)
    if (own && own.openedAt !== null && own.seat.session !== seat.session) return 'elsewhere'
    for (const { seat: other } of this.#seats.values()) {
      if (other.auditor === seat.auditor) continue
      if (this.#seats.size >= 2 && !own) return 'stranger'
      if (other.account === seat.account || other.session === seat.session) return 'session'
      if (other.factor === seat.factor) return 'factor'
      if (other.device === seat.device) return 'device'
    }
    if (own?.seat.session === seat.session) own.seenAt = this.#clock.steady()
    else this.#seats.set(seat.auditor, { seat, seenAt: this.#clock.steady(), part: null, busy: false, openedAt: null })
    return null
  }

  /** Whether the auditor's seat is that of this session. */
  sits(auditor: number, session: string): boolean {
    return this.#seats.get(auditor)?.seat.session === session
  }

  /** The same; and asking is being there. */
  seen(auditor: number, session: string): boolean {
    const taken = this.#seats.get(auditor)
    if (!taken || !this.sits(auditor, session)) return false
    taken.seenAt = this.#clock.steady()
    return true
  }

  /** Whether this seat may open its part now; true once, until `release`. */
  reserve(auditor: number, session: string): boolean {
    const taken = this.#seats.get(auditor)
    if (this.#state !== 'waiting' || !taken || taken.busy || taken.part || !this.seen(auditor, session)) return false
    taken.busy = true
    return true
  }

  release(auditor: number): void {
    const taken = this.#seats.get(auditor)
    if (taken) taken.busy = false
  }

  /** Lays an opened part down. False, and wiped, where it cannot be; the second one starts the work. */
  put(auditor: number, session: string, part: Part): boolean {
    const taken = this.#seats.get(auditor)
    if (this.#state !== 'waiting' || !taken || taken.seat.session !== session || taken.part) {
      part.wipe()
      return false
    }
    taken.part = part
    taken.openedAt = taken.seenAt = this.#clock.steady()
    const [first, second] = [...this.#seats.values()].map(one => one.part)
    if (first && second) this.#start([first, second])
    return true
  }

  /** Has this wiped, too, when it ends; at once where it has ended already. */
  guard(part: Part): void {
    if (this.over) part.wipe()
    else this.#guarded.push(part)
  }

  tell(done: number, of: number): void {
    this.#progress = { done, of }
  }

  /** Whether the work may have its effect now; from then on nothing interrupts it. */
  commit(): boolean {
    if (this.#state !== 'working') return false
    this.#state = 'committed'
    return true
  }

  /** Ends it without a result and wipes everything; a second time, or too late, it does nothing. */
  end(why: Why, auditor: number | null): Promise<void> {
    if (this.#state === 'waiting' || this.#state === 'working') {
      const work = this.#settled
      // What still runs notices the end by itself; whoever closes the house waits for both.
      this.#settled = Promise.all([work, this.#interrupt({ why, auditor })]).then(() => undefined)
    }
    return this.#settled
  }

  /** Ends it if time is up, or somebody is gone who is needed. */
  async look(): Promise<void> {
    if (this.#state !== 'waiting' && this.#state !== 'working') return
    if (this.left === 0) return this.end('late', null)
    const now = this.#clock.steady()
    const open = this.#anyOpen()
    for (const { seat, seenAt } of [...this.#seats.values()]) {
      const away = now - seenAt > longestAbsence
      if (!away && (await this.#plan.holds(seat))) continue
      if (open) return this.end(away ? 'absent' : 'ended', seat.auditor)
      this.#seats.delete(seat.auditor)
    }
  }

  #anyOpen(): boolean {
    return [...this.#seats.values()].some(taken => taken.openedAt !== null)
  }

  #start(parts: readonly [Part, Part]): void {
    this.#state = 'working'
    this.#settled = this.#work(parts)
  }

  async #work(parts: readonly [Part, Part]): Promise<void> {
    try {
      await this.#plan.work(parts, this)
      if (this.#state !== 'ended') this.#state = 'done'
    } catch (error) {
      // Who stopped it, or left, has said why; what then fails for lack of keys is no news.
      if (this.#state === 'ended') return
      this.#plan.failed(error as Error)
      await this.#interrupt({ why: 'failed', auditor: null })
    } finally {
      this.#wipe()
    }
  }

  async #interrupt(ending: Ending): Promise<void> {
    const opened = this.#anyOpen()
    this.#state = 'ended'
    this.#ending = ending
    this.#wipe()
    if (!opened) return
    try {
      await this.#plan.interrupted(ending)
    } catch (error) {
      this.#plan.failed(error as Error)
    }
  }

  #wipe(): void {
    for (const taken of this.#seats.values()) {
      taken.part?.wipe()
      taken.part = null
    }
    for (const part of this.#guarded.splice(0)) part.wipe()
  }
}
