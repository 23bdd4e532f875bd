import type { Knex } from 'knex'
import { chunks } from '../people/codes.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Table } from '../storage/database.ts'
import type { Tables } from '../storage/tables.ts'
import type { Random } from './random.ts'

const rowsAtOnce = 200

/** Many rows in few statements. */
export async function insertMany<T extends Table>(
  change: SystemChange,
  table: T,
  rows: readonly Tables[T][],
): Promise<void> {
  for (const some of chunks(rows, rowsAtOnce)) await (change.write(table) as Knex.QueryBuilder).insert(some)
}

export interface NewAccount {
  readonly id: string
  readonly given: string
  readonly family: string
  readonly login: string
}

export function accountRows(
  change: SystemChange,
  people: readonly NewAccount[],
  password_hash: string,
  since: string,
  random: Random,
): Tables['accounts'][] {
  return people.map(({ id, given, family, login }) => ({
    id,
    login,
    given_name: given,
    family_name: family,
    email: login,
    password_hash,
    language: random.chance(0.06) ? 'en' : 'de',
    theme: 'system',
    session_epoch: 1,
    created_at: `${since}T09:00:00.000Z` < change.at ? `${since}T09:00:00.000Z` : change.at,
    locked_at: null,
  }))
}

/** Both documents of the small school, accepted on the first day. */
export function acceptanceRows(people: readonly Pick<NewAccount, 'id'>[], since: string): Tables['acceptances'][] {
  return people.flatMap(({ id }) =>
    (['terms', 'privacy'] as const).map(kind => ({
      account_id: id,
      kind,
      version: 1,
      accepted_at: `${since}T09:00:00.000Z`,
    })),
  )
}
