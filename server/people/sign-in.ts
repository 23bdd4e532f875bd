import { instant } from '../clock.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import { deviceDays, ensureDevice } from '../web/device.ts'
import { proofIn, refuseProof } from '../web/fresh.ts'
import { languagesOf } from '../web/language.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { proofLocals, sessionOf } from '../web/proof-locals.ts'
import { beginHalfSession, beginSession } from '../web/session-start.ts'
import { deviceHash, verifyCredential } from './credentials.ts'
import { sweepDevices } from './devices.ts'
import { checkProof, factorsOf } from './proofs.ts'
import { accountOfHalf } from './sessions.ts'
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
  if (verdict.kind === 'locked') return showLocked(page, verdict)
  page.recordAs('ok', verdict.account.id)
  if ((await factorsOf(house, verdict.account.id)).length > 0) {
    page.detail('step', 'first')
    await page.record()
    await beginHalfSession(page, verdict.account, next)
    return page.redirect('/sign-in/factor')
  }
  await page.systemChange('sign-in', change => rememberDevice(change, verdict.account, device))
  await beginSession(page, verdict.account)
  page.redirect(next)
})

signIn.open('/sign-in/factor', async page => {
  const { half } = page.context.state
  if (!half) return page.redirect(page.viewer ? '/' : '/sign-in')
  page.render('people/sign-in-factor', await halfLocals(page, half.half))
})

signIn.post('/sign-in/factor', { who: anybody, action: 'auth.factor', beforeTerms: true }, async page => {
  const { house, context } = page
  const { half } = context.state
  const account = half && (await accountOfHalf(house, half))
  if (!account) {
    page.recordAs('denied')
    return page.redirect('/sign-in', 'again')
  }
  page.recordAs('ok', account.id)
  const verdict = await checkProof(house, account.id, proofIn(page.form), sessionOf(context))
  if (verdict.kind !== 'right')
    return refuseProof(page, verdict, 'people/sign-in-factor', await halfLocals(page, account.id))
  page.detail('by', verdict.by)
  const device = ensureDevice(context)
  await page.systemChange('sign-in', change => rememberDevice(change, account, device))
  await beginSession(page, account, { id: verdict.factor, at: house.clock.now() })
  page.redirect(half.next)
})

/** Nobody is signed in yet: of the account the page shows only which ways there are to prove oneself. */
async function halfLocals(page: Page<Viewer | null>, account: string): Promise<Record<string, unknown>> {
  return { proof: proofLocals(page.context, await factorsOf(page.house, account)), languages: languagesOf(page) }
}

signIn.post('/sign-out', { who: members, action: 'auth.sign-out', beforeTerms: true }, async page => {
  await page.record()
  page.context.session = null
  // Not the storage: a device stays known, and an auditor's witness note stays.
  page.context.set('Clear-Site-Data', '"cache"')
  page.redirect('/sign-in', 'signed-out')
})

/** Says to the owner of a locked account what they may know, and whom to talk to; nothing of the reason. */
function showLocked(
  page: Page<Viewer | null>,
  { id, since, until }: { readonly id: string; readonly since: string; readonly until: string | null },
): void {
  page.recordAs('denied', id)
  page.detail('status', 403)
  page.context.status = 403
  page.render('people/locked', { since, until })
}

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
