import type { Tables } from '../storage/tables.ts'
import { ensureDevice } from '../web/device.ts'
import type { Page } from '../web/page.ts'
import { beginSession } from '../web/session-start.ts'
import { rememberDevice } from './sign-in.ts'
import type { Viewer } from './viewer.ts'

/** After an act that ended every session of the viewer: they go on in a new one, with what they proved in the old. */
export async function goOnAnew(page: Page<Viewer>): Promise<void> {
  const { factor } = page
  const account = await page.house.database
    .reader<Tables['accounts']>('accounts')
    .where({ id: page.viewer.id })
    .first('id', 'session_epoch')
  if (!account) return page.throw(403)
  const device = ensureDevice(page.context)
  await page.systemChange('sign-in', change => rememberDevice(change, account, device))
  await beginSession(page, account, factor)
}
