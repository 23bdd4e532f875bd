import { randomBytes } from 'node:crypto'
import { instant } from '../clock.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { deviceDays, ensureDevice } from '../web/device.ts'
import { languagesOf } from '../web/language.ts'
import { Expected, type Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { deviceHash, verifyCredential } from './credentials.ts'
import { sweepDevices } from './devices.ts'
import type { SessionData } from './sessions.ts'
import type { Viewer } from './viewer.ts'
import { anybody, members } from './who.ts'

/** In and out. */
export const signIn = new Pages()

signIn.open('/sign-in', page => {
  if (page.viewer) return page.redirect('/')
  ensureDevice(page.context)
  page.render('people/sign-in', { next: safePath(page.query('next')), languages: languagesOf(page) })
})

signIn.post('/sign-in', { who: anybody, action: 'auth.sign-in', beforeTerms: true }, async page => {
  const { form, house } = page
  const login = form.text('login')
  const next = safePath(form.text('next'))
  const locals = { next, languages: languagesOf(page) }
  const password = form.text('password')
  const device = ensureDevice(page.context)
  const verdict = await verifyCredential(house, { login, password, device, address: page.context.state.address })
  if (verdict.kind === 'wait') return refuseForNow(page, verdict.seconds, 'login', 'people/sign-in', locals)
  if (verdict.kind === 'wrong') {
    return page.refuse('people/sign-in', locals, [{ field: 'login', key: 'sign-in.wrong' }])
  }
  page.recordAs('ok', verdict.account.id)
  await page.systemChange('sign-in', change => rememberDevice(change, verdict.account, device))
  await beginSession(page, verdict.account)
  page.redirect(next)
})

signIn.post('/sign-out', { who: members, action: 'auth.sign-out', beforeTerms: true }, async page => {
  await page.record()
  page.context.session = null
  // Not the storage: a device stays known, and an auditor's witness note stays.
  page.context.set('Clear-Site-Data', '"cache"')
  page.redirect('/sign-in', 'signed-out')
})

/** 429 with the same form: how long to wait, never whether the account exists. */
export function refuseForNow<V extends Viewer | null>(
  page: Page<V>,
  seconds: number,
  field: string,
  view: string,
  locals: Record<string, unknown>,
): void {
  page.refuse(view, locals, [{ field, key: 'throttle.wait', values: { seconds } }])
  page.context.status = 429
  page.context.set('Retry-After', String(seconds))
}

/** Only a path of our own may follow a sign-in. */
export function safePath(next: string | null): string {
  return next && /^\/(?![/\\])[\w\-/]*$/.test(next) ? next : '/'
}

/** Which second factor a session has proved, and when. */
export interface Proved {
  readonly factor: string | null
  readonly at: number | null
}

/** Starts a session under a new name; whatever name the browser came with is worth nothing afterwards. */
export async function beginSession<V extends Viewer | null>(
  page: Page<V>,
  account: Pick<Tables['accounts'], 'id' | 'session_epoch'>,
  proved: Proved = { factor: null, at: null },
): Promise<void> {
  const { house, context } = page
  const office = await house.database
    .reader<Tables['appointments']>('appointments')
    .where({ account_id: account.id })
    .first('office')
  const data: SessionData = {
    account: account.id,
    epoch: account.session_epoch,
    staff: office !== undefined,
    csrf: randomBytes(24).toString('base64url'),
    factor: proved.factor,
    proved_at: proved.at,
  }
  context.session = data as unknown as typeof context.session
  const session = context.session as { regenerate?: () => Promise<void> } | null
  if (!session?.regenerate) throw new Expected(503)
  await session.regenerate()
}

/** The account has been used from this browser: its tries count apart from those of strangers. */
export async function rememberDevice(
  change: SystemChange,
  account: Pick<Tables['accounts'], 'id' | 'session_epoch'>,
  device: string,
): Promise<void> {
  await sweepDevices(change, account.id)
  await change
    .write('devices')
    .insert({
      id_hash: deviceHash(device),
      account_id: account.id,
      epoch: account.session_epoch,
      created_at: change.at,
      expires_at: instant(Date.parse(change.at) + deviceDays * 86_400_000),
    })
    .onConflict(['id_hash', 'account_id'])
    .merge(['epoch', 'expires_at'])
}
