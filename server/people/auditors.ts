import { randomBytes } from 'node:crypto'
import type { AuditorRow } from '../audit/formats/layout.ts'
import type { Holder } from '../audit/opening/period-key.ts'
import { unwrapKey, wrapKey, zero } from '../audit/sealing/auditor-key.ts'
import { CannotOpen, generateKeyPair, type KeyPair } from '../audit/sealing/hpke.ts'
import { readStandings } from '../audit/standings.ts'
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
  const { row, pair } = await prepareAuditor(house, appointment, passphrase, cost)
  await house.audit.enrol(row)
  return { id: row.id, pair }
}

/** The same up to the point where the ledger would say so: nothing of it holds before. */
export async function prepareAuditor(
  house: Pick<House, 'audit'>,
  appointment: Appointment,
  passphrase: string,
  cost: KeyCost = auditorKeyCost,
): Promise<{ row: AuditorRow; pair: KeyPair }> {
  const [id, pair] = [await house.audit.nextAuditor(), await generateKeyPair()]
  const row = {
    id,
    account_id: appointment.account,
    person: appointment.person,
    office: appointment.office,
    trained_on: appointment.trainedOn,
    pub: pair.publicKey,
    ...(await wrapUnder(passphrase, id, pair, cost)),
  }
  return { row, pair }
}

/** Whether a passphrase opens a key that is not in use yet: it has been typed from the sheet without a slip. */
export async function opensPrepared(house: House, row: AuditorRow, passphrase: string): Promise<Checked> {
  if (readPassphrase(passphrase) === '') return { kind: 'empty' }
  const budgets = auditorBudgets(house, row.id)
  const seconds = await takeTry(house, budgets)
  if (seconds > 0) return { kind: 'wait', seconds }
  const key = await unwrapUnder(row, passphrase)
  if (!key) return { kind: 'wrong' }
  zero(key)
  await giveBack(house, budgets)
  return { kind: 'right' }
}

/**
 * The prepared row under the number that is next now. Three who make their sheets at one table prepare the same one;
 * who types second keeps key and passphrase, so that no sheet is in vain.
 */
export async function withNextNumber(house: House, row: AuditorRow, passphrase: string): Promise<AuditorRow> {
  const id = await house.audit.nextAuditor()
  if (id === row.id) return row
  const privateKey = await unwrapUnder(row, passphrase)
  if (!privateKey) throw new CannotOpen()
  try {
    return { ...row, id, ...(await wrapUnder(passphrase, id, { publicKey: row.pub, privateKey }, readCost(row.kdf))) }
  } finally {
    zero(privateKey)
  }
}

/** Why a passphrase opened nothing. `empty`: none was typed, so none was tried. */
export type NotOpened =
  | { readonly kind: 'empty' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly seconds: number }
export type Checked = { readonly kind: 'right' } | NotOpened

async function unwrapUnder(row: AuditorRow, passphrase: string): Promise<Buffer | null> {
  const kek = await deriveKey(readPassphrase(passphrase), row.salt, readCost(row.kdf))
  try {
    return unwrapKey(kek, row.id, row.pub, row)
  } catch (error) {
    if (error instanceof CannotOpen) return null
    throw error
  } finally {
    zero(kek)
  }
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

/** Everybody whom the ledger knows as an auditor, whether they may act today or not. */
export const listEnrolledAuditors = ({ audit }: Pick<House, 'audit'>): Promise<AuditorRow[]> =>
  audit.reading.all<AuditorRow>(
    `SELECT id, account_id, person, office, trained_on, pub, wrapped, nonce, salt, kdf
     FROM audit_auditor WHERE state = 'active' ORDER BY id`,
  )

/** Everybody who may act as an auditor today: not suspended in the ledger, and in office with an account that is not locked. */
export async function listActiveAuditors(house: House): Promise<AuditorRow[]> {
  const [rows, standings, holding] = await Promise.all([
    listEnrolledAuditors(house),
    readStandings(house.audit.reading),
    house.database
      .reader<Tables['appointments']>('appointments')
      .join('accounts', 'accounts.id', 'appointments.account_id')
      .where({ office: 'auditor' })
      .whereNull('locked_at')
      .whereRaw('? BETWEEN from_on AND coalesce(until_on, ?)', [house.clock.today(), house.clock.today()])
      .pluck('account_id') as Promise<string[]>,
  ])
  return rows.filter(row => holding.includes(row.account_id) && standings.active.get(row.id)?.suspended === false)
}

/** The viewer as an auditor, if they are one today. By the account's id: a name or an office alone makes nobody one. */
export async function findAuditor(house: House, viewer: { readonly id: string }): Promise<AuditorRow | undefined> {
  return (await listActiveAuditors(house)).find(row => row.account_id === viewer.id)
}

export type Opened = { readonly kind: 'open'; readonly holder: Holder } | NotOpened

/**
 * Opens an auditor's own key with their passphrase: five tries in a quarter of an hour, then a pause as long, for this
 * auditor only. Each wrong one stands in the ledger; where none was typed, nothing was tried. Whoever gets the holder
 * wipes its private key.
 */
export async function openAuditorKey(house: House, auditor: AuditorRow, passphrase: string): Promise<Opened> {
  if (readPassphrase(passphrase) === '') return { kind: 'empty' }
  const budgets = auditorBudgets(house, auditor.id)
  const seconds = await takeTry(house, budgets)
  if (seconds > 0) return { kind: 'wait', seconds }
  const privateKey = await unwrapUnder(auditor, passphrase)
  if (!privateKey) {
    await house.audit.note('share_refused', { auditor: auditor.id })
    return { kind: 'wrong' }
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
