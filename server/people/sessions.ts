import { hash, randomBytes } from 'node:crypto'
import { instant } from '../clock.ts'
import type { House } from '../house.ts'
import { type Change, type SystemChange, systemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Tables } from '../storage/tables.ts'
import { Viewer } from './viewer.ts'

/** What a session carries. Nothing of it is in the cookie, which holds a random name only. */
export interface SessionData {
  account: string
  epoch: number
  staff: boolean
  csrf: string
  /** The authenticator that was proved in this session; none where it was a recovery code, or nothing yet. */
  factor: string | null
  /** When that was, in milliseconds since 1970. */
  proved_at: number | null
  /** When the sign-in was, in milliseconds since 1970: a new name for a session makes it last no longer. */
  since?: number | undefined
}

/** What a browser carries between the password and the second factor. Nobody is signed in with it. */
export interface HalfSession {
  /** The account whose password was right. */
  half: string
  epoch: number
  csrf: string
  /** Where to go afterwards. */
  next: string
}

/** Times in minutes; staff sit at shared desks. */
const limits = { parent: { idle: 60, absolute: 12 * 60 }, staff: { idle: 30, absolute: 10 * 60 } } as const
export const longestSession = limits.parent.absolute * 60_000
/** Between the password and the second factor. */
const halfMinutes = 10
const touchEvery = 5 * 60_000

/** A name with 256 random bits (ASVS 7.2.3 asks for 128). */
export function newSessionId(): string {
  return randomBytes(32).toString('base64url')
}

export function sessionHash(id: string): Buffer {
  return hash('sha256', id, 'buffer')
}

export interface SessionSource {
  readonly agent: string
  readonly network: string
}

/** Browser family and major version only: enough to recognise one's own devices. */
export function agentFamily(header: string): string {
  const [, family = '', major = ''] =
    /(Edg|OPR|Firefox|SamsungBrowser|Chrome|Version)\/(\d+)/.exec(
      header.replace(/Chrome\/\d+(?=.*(Edg|OPR|SamsungBrowser)\/)/, ''),
    ) ?? []
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', SamsungBrowser: 'Samsung', Version: 'Safari' }
  const system = /(Android|iPhone|iPad|Windows|Macintosh|Linux)/.exec(header)?.[1] ?? ''
  return [names[family] ?? family, major, system].filter(Boolean).join(' ')
}

/**
 * Finds a session that still holds: within its idle and absolute time, of the account's present epoch, and of an
 * account that is not locked. Notes that it is in use at most every five minutes.
 */
export async function findSession(
  house: House,
  id: string,
): Promise<{ data: SessionData; viewer: Viewer } | undefined> {
  const id_hash = sessionHash(id)
  const found = await Viewer.ofSession(house.database, id_hash, house.clock)
  if (!found) return undefined
  const data = JSON.parse(found.data) as SessionData
  const now = house.clock.now()
  const unseen = now - Date.parse(found.seen_at)
  if (unseen > limits[data.staff ? 'staff' : 'parent'].idle * 60_000) return undefined
  if (unseen > touchEvery) {
    await systemChange(house.database, house.clock, 'session', change =>
      change
        .write('sessions')
        .where({ id_hash })
        .update({ seen_at: instant(now) }),
    )
  }
  return { data, viewer: found.viewer }
}

/** Finds a session that waits for the second factor, if it still may. */
export async function findHalfSession(house: House, id: string): Promise<HalfSession | undefined> {
  const row = await house.database
    .reader<Tables['sessions']>('sessions')
    .where({ id_hash: sessionHash(id) })
    .whereNull('account_id')
    .where('expires_at', '>', instant(house.clock.now()))
    .first('data')
  return row && (JSON.parse(row.data) as HalfSession)
}

/** The account of a half session, if nothing has ended it since: its password, factors and rights are as they were. */
export function accountOfHalf(house: House, half: HalfSession): Promise<Tables['accounts'] | undefined> {
  return house.database
    .reader<Tables['accounts']>('accounts')
    .where({ id: half.half, session_epoch: half.epoch })
    .whereNull('locked_at')
    .first()
}

/** Writes a session that was made in this very request. */
export async function startSession(
  house: House,
  id: string,
  data: SessionData | HalfSession,
  source: SessionSource,
): Promise<void> {
  const now = house.clock.now()
  const half = 'half' in data
  const since = half ? now : (data.since ?? now)
  const minutes = half ? halfMinutes : limits[data.staff ? 'staff' : 'parent'].absolute
  await systemChange(house.database, house.clock, 'session', change =>
    change.write('sessions').insert({
      id_hash: sessionHash(id),
      public_id: newId(),
      account_id: half ? null : data.account,
      epoch: half ? null : data.epoch,
      data: JSON.stringify(data),
      ...source,
      created_at: instant(since),
      seen_at: instant(now),
      expires_at: instant(since + minutes * 60_000),
    }),
  )
}

/** Changes what a session carries; one that has ended stays ended. */
export async function updateSession(house: House, id: string, data: SessionData | HalfSession): Promise<void> {
  await systemChange(house.database, house.clock, 'session', change =>
    change
      .write('sessions')
      .where({ id_hash: sessionHash(id) })
      .update({ data: JSON.stringify(data) }),
  )
}

export async function endSession(house: House, id: string): Promise<void> {
  await systemChange(house.database, house.clock, 'session', change =>
    change
      .write('sessions')
      .where({ id_hash: sessionHash(id) })
      .delete(),
  )
}

/** Ends every token of an account at once: sessions, known devices and whatever else is bound to the epoch. */
export async function endEverything(change: Change | SystemChange, account: string): Promise<void> {
  await change.write('accounts').where({ id: account }).increment('session_epoch', 1)
  await change.write('sessions').where({ account_id: account }).delete()
  await change.write('devices').where({ account_id: account }).delete()
}

/** Deletes what has run out, a bounded number at a time. */
export async function sweepSessions(change: SystemChange): Promise<number> {
  const old = change.write('sessions').select('id_hash').where('expires_at', '<', change.at).limit(5000)
  return change.write('sessions').whereIn('id_hash', old).delete()
}
