import type { House } from '../house.ts'
import { sealSecret, secretFrom } from '../people/one-time.ts'
import type { SystemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import { oneTimeSecrets } from './cast.ts'

/** Who needs a second factor has an app, whose codes `scripts/demo --codes` tells. */
export async function seedFactors(
  change: SystemChange,
  house: Pick<House, 'secrets'>,
  accounts: Readonly<Record<string, string>>,
): Promise<void> {
  await change.write('factors').insert(
    Object.entries(oneTimeSecrets).map(([key, base32]) => {
      const [id, account_id] = [newId(), accounts[key] ?? '']
      return {
        id,
        account_id,
        kind: 'totp' as const,
        name: 'App mit Codes',
        secret: sealSecret(house, account_id, id, secretFrom(base32)),
        last_step: 0,
        credential_id: null,
        public_key: null,
        counter: 0,
        transports: '[]',
        created_at: change.at,
        used_at: null,
      }
    }),
  )
}
