import { house } from './001_house.ts'

export interface Migration {
  readonly name: string
  readonly sql: string
}

/** Every migration in order. Append only: a released one never changes. */
export const migrations: readonly Migration[] = [{ name: '001_house', sql: house }]
