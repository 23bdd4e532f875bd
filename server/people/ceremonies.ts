import { type Clock, instant } from '../clock.ts'
import type { House } from '../house.ts'
import { listActiveAuditors } from './auditors.ts'
import { Ceremony } from './ceremony.ts'
import type { CeremonyPlan, Part, Seat } from './seats.ts'

export type { Ceremony } from './ceremony.ts'
export type { CeremonyPlan, Ending, Part, Seat, Why } from './seats.ts'

const tickEvery = 5_000

/**
 * Whatever two auditors do together is held here, in memory alone: when the process ends, every opened part is gone.
 *
 * There is at most one ceremony of a name. One that has ended can be found until the next begins, so that both can
 * be told why.
 */
export class Ceremonies {
  readonly #clock: Clock
  readonly #byName = new Map<string, Ceremony>()
  readonly #watch: NodeJS.Timeout
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#watch = setInterval(() => void this.tick(), tickEvery).unref()
  }

  find(name: string): Ceremony | undefined {
    return this.#byName.get(name)
  }

  /** The running one of that name, or a new one where there is none. */
  begin<P extends Part>(name: string, plan: CeremonyPlan<P>): Ceremony {
    if (this.#closed) throw new Error('The house is closing')
    const known = this.#byName.get(name)
    if (known && !known.over) return known
    // The plan's own types meet again in `work` alone; from outside a part can only be wiped.
    const ceremony = new Ceremony(this.#clock, plan as unknown as CeremonyPlan<Part>)
    this.#byName.set(name, ceremony)
    return ceremony
  }

  /** Looks who is still there and what time it is. By itself this happens every five seconds. */
  async tick(): Promise<void> {
    await Promise.all([...this.#byName.values()].map(ceremony => ceremony.look()))
  }

  /** Wipes everything; resolves once the ledger says so, too. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#watch)
    await Promise.all([...this.#byName.values()].map(ceremony => ceremony.end('ended', null)))
    await Promise.all([...this.#byName.values()].map(ceremony => ceremony.settled))
  }
}

/** Whether somebody who came is still signed in where they came from, and still an auditor. */
export async function seatHolds(house: House, { account, auditor, session }: Seat): Promise<boolean> {
  const [row] = await house.database.reader.raw<unknown[]>(
    `SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.account_id = :account
       AND lower(hex(substr(s.id_hash, 1, 8))) = :session AND s.expires_at > :now AND s.epoch = a.session_epoch
       AND a.locked_at IS NULL`,
    { account, session, now: instant(house.clock.now()) },
  )
  return row !== undefined && (await listActiveAuditors(house)).some(one => one.id === auditor)
}
