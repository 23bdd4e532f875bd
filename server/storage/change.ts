import { AsyncLocalStorage } from 'node:async_hooks'
import type { Knex } from 'knex'
import type { Clock } from '../clock.ts'
import { loadFacts, Viewer, type ViewerFacts } from '../people/viewer.ts'
import type { Database, Rows, Table } from './database.ts'

/**
 * A viewer inside a transaction: sees through the same finders as outside, and may write.
 *
 * Its rights are read anew inside the transaction, so nothing can end between the check and the act.
 */
export class Change extends Viewer {
  readonly #transaction: Knex.Transaction
  readonly at: string

  private constructor(facts: ViewerFacts, transaction: Knex.Transaction, at: string) {
    super(facts, transaction)
    this.#transaction = transaction
    this.at = at
  }

  static async open(transaction: Knex.Transaction, account: string, clock: Clock): Promise<Change | undefined> {
    const facts = await loadFacts(transaction, account, clock.today())
    return facts && new Change(facts, transaction, new Date(clock.now()).toISOString())
  }

  write<T extends Table>(table: T): Rows<T> {
    return this.#transaction(table)
  }
}

/** What the house does without a person; a closed list. */
export type Purpose =
  | 'session'
  | 'throttle'
  | 'sign-in'
  | 'registration'
  | 'setup'
  | 'job'
  | 'lock'
  | 'command'
  | 'demo'

/** A transaction of the house itself: it has a purpose instead of a viewer. */
export class SystemChange {
  readonly purpose: Purpose
  readonly today: string
  readonly at: string
  readonly #transaction: Knex.Transaction

  private constructor(purpose: Purpose, transaction: Knex.Transaction, clock: Clock) {
    this.purpose = purpose
    this.today = clock.today()
    this.at = new Date(clock.now()).toISOString()
    this.#transaction = transaction
  }

  static open(purpose: Purpose, transaction: Knex.Transaction, clock: Clock): SystemChange {
    return new SystemChange(purpose, transaction, clock)
  }

  write<T extends Table>(table: T): Rows<T> {
    return this.#transaction(table)
  }

  /** SQL that the query builder cannot say; values by binding only. */
  async raw<R>(sql: string, bindings: Knex.ValueDict = {}): Promise<R[]> {
    return (await this.#transaction.raw(sql, bindings)) as R[]
  }
}

/** The right was there when the page was asked for and has ended since. */
export class RightEnded extends Error {}

const inside = new AsyncLocalStorage<true>()

async function transact<C, T>(
  database: Database,
  open: (transaction: Knex.Transaction) => Promise<C> | C,
  work: (change: C) => Promise<T>,
): Promise<T> {
  if (inside.getStore()) throw new Error('A change inside a change would wait for itself')
  return inside.run(true, () => database.writer.transaction(async transaction => work(await open(transaction))))
}

/**
 * Runs `work` in one transaction on the only writing connection: all of it, or nothing.
 *
 * Refuses to be called inside another change. Slow work (hashing, mail) belongs outside.
 */
export function change<T>(
  database: Database,
  clock: Clock,
  viewer: Viewer,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  return transact(
    database,
    async transaction => {
      const opened = await Change.open(transaction, viewer.id, clock)
      if (!opened) throw new RightEnded()
      return opened
    },
    work,
  )
}

/** The same for acts without a person. */
export function systemChange<T>(
  database: Database,
  clock: Clock,
  purpose: Purpose,
  work: (change: SystemChange) => Promise<T>,
): Promise<T> {
  return transact(database, transaction => SystemChange.open(purpose, transaction, clock), work)
}
