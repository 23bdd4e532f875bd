import { type AuditEntry, AuditUnavailable } from '../audit/log.ts'
import type { House } from '../house.ts'
import { networkOf } from '../people/throttle.ts'
import type { Context } from './context.ts'

const minute = 60_000
/** Over all networks, whoever they are: about a hundred megabytes a day at the very most. */
const mostInAMinute = 60

/** All who came beyond that. */
const rest = 'rest'

interface Seen {
  readonly at: number
  /** How many there were since, and the last of them. */
  more: number
  last: AuditEntry
}

/**
 * Records refusals without letting a flood of them fill the disk. The first of a network and kind is recorded at
 * once, the others of its minute are counted: a later record says how many stand for none of their own
 * (`unrecorded`). What comes while the budget of all networks is spent is counted together.
 */
export class Refusals {
  readonly #house: House
  readonly #seen = new Map<string, Seen>()
  #since = Number.NEGATIVE_INFINITY
  #spent = 0

  constructor(house: House) {
    this.#house = house
  }

  async append(entry: AuditEntry): Promise<void> {
    const now = this.#house.clock.steady()
    if (now - this.#since >= minute) {
      this.#since = now
      this.#spent = 0
    }
    const own = `${entry.action} ${entry.details.status ?? ''} ${entry.address ? networkOf(entry.address) : ''}`
    const ended = this.#ended(now, own)
    const before = this.#seen.get(own)
    if (before) {
      before.more += 1
      before.last = entry
    } else if (this.#spent < mostInAMinute) {
      this.#seen.set(own, { at: now, more: 0, last: entry })
      ended.others.push(this.#write(entry, ended.own))
    } else this.#count(entry, ended.own + 1)
    try {
      await Promise.all(ended.others)
    } catch (error) {
      // The next one is tried again instead of being counted.
      const failed = this.#seen.get(own)
      this.#seen.delete(own)
      if (failed && failed.more > 0) this.#count(failed.last, failed.more)
      throw error
    }
  }

  /** Forgets the networks whose minute is over, and writes down how many were left out of each. */
  #ended(now: number, own: string): { own: number; others: Promise<void>[] } {
    const found = { own: 0, others: [] as Promise<void>[] }
    for (const [key, { at, more, last }] of this.#seen) {
      if (now - at < minute) break
      if (more > 0 && this.#spent >= mostInAMinute) continue
      this.#seen.delete(key)
      if (key === own) found.own = more
      else if (more > 0) found.others.push(this.#write(last, more - 1))
    }
    return found
  }

  async #write(entry: AuditEntry, unrecorded: number): Promise<void> {
    this.#spent += 1
    try {
      await this.#house.audit.append({
        ...entry,
        details: unrecorded > 0 ? { ...entry.details, unrecorded } : entry.details,
      })
    } catch (error) {
      this.#spent -= 1
      this.#count(entry, unrecorded + 1)
      throw error
    }
  }

  #count(last: AuditEntry, more: number): void {
    const before = this.#seen.get(rest)
    if (before) {
      before.more += more
      before.last = last
    } else this.#seen.set(rest, { at: this.#house.clock.steady(), more, last })
  }
}

const inside = new WeakMap<House, Refusals>()

/** For those inside who are not signed in and were shown nothing. */
export function refusalsInside(house: House): Refusals {
  const refusals = inside.get(house) ?? new Refusals(house)
  inside.set(house, refusals)
  return refusals
}

/** Answers who is not let in, in plain text without a view: they learn nothing about the portal. */
export function refuseOutsiders(house: House): (context: Context, status: 403 | 421) => Promise<void> {
  const refusals = new Refusals(house)
  return async (context, status) => {
    const { address } = context.state
    context.state.route = '/refused'
    context.status = status
    context.type = 'text'
    context.body =
      status === 403
        ? 'Die Pforte gibt es nur im Netz der Schule.\nThis portal answers only inside the school’s network.\n'
        : 'Unter dieser Adresse gibt es die Pforte nicht.\nThe portal does not answer under this name.\n'
    try {
      await refusals.append({
        action: 'network.refused',
        actor: null,
        session: null,
        address,
        concerns: [],
        outcome: 'denied',
        details: { status },
      })
    } catch (error) {
      // The refusal stands, recorded or not: nothing has been done or shown.
      if (!(error instanceof AuditUnavailable)) throw error
      house.log.error({ route: '/refused', kind: error.constructor.name }, 'unavailable')
    }
  }
}
