import { randomBytes } from 'node:crypto'
import type { House } from '../house.ts'
import type { Change, SystemChange } from '../storage/change.ts'
import { base32 } from '../storage/ids.ts'
import { foldCode } from './codes.ts'
import type { Viewer } from './viewer.ts'
import { visibleTo } from './visibility.ts'

const count = 10

function recoveryHash(house: Pick<House, 'secrets'>, account: string, code: string): Buffer {
  return house.secrets.keyed('recovery-code', `${account} ${foldCode(code)}`)
}

/** Makes ten codes of 80 bits; those made before are worth nothing from now on. The database gets keyed hashes only. */
export async function replaceRecoveryCodes(change: Change, house: Pick<House, 'secrets'>): Promise<string[]> {
  const codes = Array.from({ length: count }, () => base32(randomBytes(10)))
  await forgetRecoveryCodes(change, change.id)
  await change.write('recovery_codes').insert(
    codes.map(code => ({
      code_hash: recoveryHash(house, change.id, code),
      account_id: change.id,
      created_at: change.at,
      noted_at: null,
      used_at: null,
    })),
  )
  return codes
}

export async function forgetRecoveryCodes(change: Change, account: string): Promise<void> {
  await change.write('recovery_codes').where({ account_id: account }).delete()
}

/** The owner has them on paper. */
export async function noteRecoveryCodes(change: Change): Promise<void> {
  await change
    .write('recovery_codes')
    .where({ account_id: change.id })
    .whereNull('noted_at')
    .update({ noted_at: change.at })
}

/** Uses a code up. False where there is none, or somebody was faster. */
export async function useRecoveryCode(
  change: SystemChange,
  house: Pick<House, 'secrets'>,
  account: string,
  typed: string,
): Promise<boolean> {
  const used = await change
    .write('recovery_codes')
    .where({ code_hash: recoveryHash(house, account, typed), account_id: account })
    .whereNull('used_at')
    .update({ used_at: change.at })
  return used === 1
}

/** How many codes the viewer has left, and whether they said that they wrote them down. */
export async function recoveryCodesLeft(
  viewer: Viewer,
): Promise<{ left: number; noted: boolean; made: string | null }> {
  const rows = await visibleTo(viewer, 'recovery_codes')
  const open = rows.filter(row => row.used_at === null)
  return { left: open.length, noted: rows.every(row => row.noted_at !== null), made: rows[0]?.created_at ?? null }
}
