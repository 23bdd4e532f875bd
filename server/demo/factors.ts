import type { House } from '../house.ts'
import { oneTimeRow } from '../people/factors.ts'
import { secretFrom } from '../people/one-time.ts'
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
      const secret = secretFrom(base32)
      return oneTimeRow(house, accounts[key] ?? '', change.at, { id: newId(), name: 'App mit Codes', secret, step: 0 })
    }),
  )
}
