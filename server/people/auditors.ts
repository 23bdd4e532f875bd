import { randomBytes } from 'node:crypto'
import { wrapKey, zero } from '../audit/sealing/auditor-key.ts'
import { generateKeyPair, type KeyPair } from '../audit/sealing/hpke.ts'
import type { House } from '../house.ts'
import { auditorKeyCost, deriveKey, type KeyCost, writeCost } from './passwords.ts'

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
  const [id, pair, salt] = [await house.audit.nextAuditor(), await generateKeyPair(), randomBytes(16)]
  const kek = await deriveKey(passphrase, salt, cost)
  const { wrapped, nonce } = wrapKey(kek, id, pair)
  zero(kek)
  await house.audit.enrol({
    id,
    account_id: appointment.account,
    person: appointment.person,
    office: appointment.office,
    trained_on: appointment.trainedOn,
    pub: pair.publicKey,
    wrapped,
    nonce,
    salt,
    kdf: writeCost(cost),
  })
  return { id, pair }
}
