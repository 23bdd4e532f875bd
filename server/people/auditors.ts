import { randomBytes } from 'node:crypto'
import type { AuditorRow } from '../audit/formats/layout.ts'
import type { Holder } from '../audit/opening/period-key.ts'
import { unwrapKey, wrapKey, zero } from '../audit/sealing/auditor-key.ts'
import { CannotOpen, generateKeyPair, type KeyPair } from '../audit/sealing/hpke.ts'
import type { House } from '../house.ts'
import type { Tables } from '../storage/tables.ts'
import { readPassphrase } from './passphrase.ts'
import { auditorKeyCost, deriveKey, type KeyCost, readCost, writeCost } from './passwords.ts'
import { auditorBudgets, giveBack, takeTry } from './throttle.ts'

export type { AuditorRow } from '../audit/formats/layout.ts'

/** A person who is to open the audit log together with another. */
export interface Appointment {
  readonly account: string
  /** As everybody inside sees it. */
  readonly person: string
  readonly office: string
  /** The day of their training, `YYYY-MM-DD`. */
  readonly trainedOn: string
}

/**
 * Appoints an auditor: makes their key pair, keeps its private half only under their passphrase, and has the ledger
 * say so. The pair is returned to whoever made the passphrase, to be used or wiped.
 */
export async function appointAuditor(
  house: Pick<House, 'audit'>,
  appointment: Appointment,
  passphrase: string,
  cost: KeyCost = auditorKeyCost,
): Promise<{ id: number; pair: KeyPair }> {
  const [id, pair] = [await house.audit.nextAuditor(), await generateKeyPair()]
  await house.audit.enrol({
    id,
    account_id: appointment.account,
    person: appointment.person,
    office: appointment.office,
    trained_on: appointment.trainedOn,
    pub: pair.publicKey,
    ...(await wrapUnder(passphrase, id, pair, cost)),
  })
  return { id, pair }
}

/** The private key under a passphrase, with a salt of its own each time. */
export async function wrapUnder(
  passphrase: string,
  auditor: number,
  pair: KeyPair,
  cost: KeyCost = auditorKeyCost,
): Promise<Pick<AuditorRow, 'wrapped' | 'nonce' | 'salt' | 'kdf'>> {
  const salt = randomBytes(16)
  const kek = await deriveKey(readPassphrase(passphrase), salt, cost)
  try {
    return { ...wrapKey(kek, auditor, pair), salt, kdf: writeCost(cost) }
  } finally {
    zero(kek)
  }
}

/** Everybody who is an auditor today: active in the ledger, and in office with an account that is not locked. */
export async function listActiveAuditors(house: House): Promise<AuditorRow[]> {
  const [rows, holding] = await Promise.all([
    house.audit.reading.all<AuditorRow>(
      `SELECT id, account_id, person, office, trained_on, pub, wrapped, nonce, salt, kdf
       FROM audit_auditor WHERE state = 'active' ORDER BY id`,
    ),
    house.database
      .reader<Tables['appointments']>('appointments')
      .join('accounts', 'accounts.id', 'appointments.account_id')
      .where({ office: 'auditor' })
      .whereNull('locked_at')
      .whereRaw('? BETWEEN from_on AND coalesce(until_on, ?)', [house.clock.today(), house.clock.today()])
      .pluck('account_id') as Promise<string[]>,
  ])
  return rows.filter(row => holding.includes(row.account_id))
}

/** The viewer as an auditor, if they are one today. By the account's id: a name or an office alone makes nobody one. */
export async function findAuditor(house: House, viewer: { readonly id: string }): Promise<AuditorRow | undefined> {
  return (await listActiveAuditors(house)).find(row => row.account_id === viewer.id)
}

export type Opened =
  | { readonly kind: 'open'; readonly holder: Holder }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly seconds: number }

/**
 * Opens an auditor's own key with their passphrase: five tries in a quarter of an hour, then a pause as long, for this
 * auditor only. Each wrong one stands in the ledger. Whoever gets the holder wipes its private key.
 */
export async function openAuditorKey(house: House, auditor: AuditorRow, passphrase: string): Promise<Opened> {
  const budgets = auditorBudgets(house, auditor.id)
  const seconds = await takeTry(house, budgets)
  if (seconds > 0) return { kind: 'wait', seconds }
  const kek = await deriveKey(readPassphrase(passphrase), auditor.salt, readCost(auditor.kdf))
  let privateKey: Buffer
  try {
    privateKey = unwrapKey(kek, auditor.id, auditor.pub, auditor)
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error
    await house.audit.note('share_refused', { auditor: auditor.id })
    return { kind: 'wrong' }
  } finally {
    zero(kek)
  }
  await giveBack(house, budgets)
  return { kind: 'open', holder: { auditor: auditor.id, pair: { publicKey: auditor.pub, privateKey } } }
}

/** Who invited this auditor, and when they enrolled (milliseconds since 1970); null for those of the first hour. */
export async function invitedBy(
  house: House,
  auditor: number,
): Promise<{ account: string; confirmedBy: string; enrolledAt: number } | null> {
  const row = await house.database
    .reader<Tables['auditor_invitations']>('auditor_invitations')
    .where({ auditor })
    .first()
  if (!row?.enrolled_at || !row.confirmed_by) return null
  return { account: row.invited_by, confirmedBy: row.confirmed_by, enrolledAt: Date.parse(row.enrolled_at) }
}

/** After so many days without having opened anything, nobody knows whether a passphrase is still there. */
export const drillDays = 183

export interface AuditorHealth {
  readonly healthy: number
  readonly active: number
  /** Neither enrolled nor practised for half a year. */
  readonly overdue: readonly AuditorRow[]
}

export async function auditorHealth(house: House): Promise<AuditorHealth> {
  const [auditors, shown] = await Promise.all([listActiveAuditors(house), lastShown(house)])
  const since = house.clock.now() - drillDays * 86_400_000
  const overdue = auditors.filter(auditor => (shown.get(auditor.id) ?? 0) < since)
  return { healthy: auditors.length - overdue.length, active: auditors.length, overdue }
}

/** When each auditor last showed that their passphrase opens their key, in milliseconds since 1970. */
export async function lastShown(house: House): Promise<ReadonlyMap<number, number>> {
  const rows = await house.audit.reading.all<{ auditor: number; at: number }>(
    `SELECT body ->> 'auditor' AS auditor, max(body ->> 't') AS at FROM audit_ledger
     WHERE body ->> 'k' IN ('auditor_enrolled', 'passphrase_changed', 'drill_passed') GROUP BY 1`,
  )
  return new Map(rows.map(({ auditor, at }) => [auditor, at]))
}
