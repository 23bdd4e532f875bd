import { randomBytes } from 'node:crypto'
import type { HalfSession, SessionData } from '../people/sessions.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Tables } from '../storage/tables.ts'
import { anonymousToken } from './csrf.ts'
import { ensureDevice } from './device.ts'
import { Expected, type Page } from './page.ts'

type Account = Pick<Tables['accounts'], 'id' | 'session_epoch'>

/** Which second factor a session has proved, and when. */
export interface Proved {
  readonly id: string | null
  readonly at: number | null
}

const nothing: Proved = { id: null, at: null }

/** Starts a session under a new name; whatever name the browser came with is worth nothing afterwards. */
export async function beginSession<V extends Viewer | null>(
  page: Page<V>,
  account: Account,
  proved: Proved = nothing,
): Promise<void> {
  const office = await page.house.database
    .reader<Tables['appointments']>('appointments')
    .where({ account_id: account.id })
    .first('office')
  await carry(page, {
    account: account.id,
    epoch: account.session_epoch,
    staff: office !== undefined,
    csrf: newToken(),
    factor: proved.id,
    proved_at: proved.at,
    since: page.house.clock.now(),
  })
}

/** The password was right and the second factor is to come: a session that nobody is signed in with. */
export async function beginHalfSession(page: Page<Viewer | null>, account: Account, next: string): Promise<void> {
  // As without a session: a form that was sent too late leads back to the sign-in, and is no forgery.
  const csrf = anonymousToken(page.context, ensureDevice(page.context))
  await carry(page, { half: account.id, epoch: account.session_epoch, csrf, next })
}

/** The same session under a new name, with the factor that was just proved. It lasts no longer for that. */
export async function renewSession(page: Page<Viewer>, factor: string | null): Promise<void> {
  const { session } = page
  if (!session) throw new Expected(503)
  const { account, epoch, staff, csrf, since } = session
  await carry(page, { account, epoch, staff, csrf, factor, proved_at: page.house.clock.now(), since })
}

function newToken(): string {
  return randomBytes(24).toString('base64url')
}

async function carry<V extends Viewer | null>(page: Page<V>, data: SessionData | HalfSession): Promise<void> {
  const { context } = page
  context.session = data as unknown as typeof context.session
  const session = context.session as { regenerate?: () => Promise<void> } | null
  if (!session?.regenerate) throw new Expected(503)
  await session.regenerate()
}
