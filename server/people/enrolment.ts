import type { House } from '../house.ts'
import type { Change } from '../storage/change.ts'
import { ensureDevice } from '../web/device.ts'
import type { Page } from '../web/page.ts'
import { beginSession } from '../web/session-start.ts'
import { addOneTime, addPasskey } from './factors.ts'
import { stepOf } from './one-time.ts'
import { type NewPasskey, readNewPasskey } from './passkeys.ts'
import { endEverything } from './sessions.ts'
import { rememberDevice } from './sign-in.ts'
import type { Viewer } from './viewer.ts'

/** A second factor that somebody has begun to set up. It counts only once they have shown that it works. */
export type NewFactor =
  | { readonly kind: 'totp'; readonly id: string; readonly secret: Buffer }
  | { readonly kind: 'passkey'; readonly id: string }

/** The same, with what it has shown. */
export type Confirmed =
  | { readonly kind: 'totp'; readonly id: string; readonly secret: Buffer; readonly step: number }
  | { readonly kind: 'passkey'; readonly id: string; readonly passkey: NewPasskey }

/** Undefined where the code is not of this secret, or the passkey no answer to what this session was asked. */
export async function confirmFactor(
  house: House,
  session: string,
  begun: NewFactor,
  shown: { readonly code: string; readonly passkey: string },
): Promise<Confirmed | undefined> {
  if (begun.kind === 'totp') {
    const step = stepOf(begun.secret, shown.code, house.clock.now())
    return step === null ? undefined : { ...begun, step }
  }
  const passkey = await readNewPasskey(house, session, shown.passkey)
  return passkey ? { ...begun, passkey } : undefined
}

export async function addFactor(change: Change, house: House, confirmed: Confirmed, name: string): Promise<void> {
  if (confirmed.kind === 'totp') await addOneTime(change, house, { ...confirmed, name })
  else await addPasskey(change, confirmed.id, name, confirmed.passkey)
}

/**
 * Changes what the viewer proves themselves with. Every session ends with it; this browser goes on in a new one, in
 * which `factor` counts as just proved.
 */
export async function changeFactors<T>(
  page: Page<Viewer>,
  factor: string | null,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  const { viewer, house } = page
  const result = await page.change(async change => {
    const done = await work(change)
    await endEverything(change, change.id)
    return done
  })
  const renewed = { id: viewer.id, session_epoch: (page.session?.epoch ?? 0) + 1 }
  const device = ensureDevice(page.context)
  await page.systemChange('sign-in', change => rememberDevice(change, renewed, device))
  await beginSession(page, renewed, { id: factor, at: house.clock.now() })
  return result
}
