import { newId } from '../storage/ids.ts'
import { ensureDevice } from '../web/device.ts'
import { provesNow } from '../web/fresh.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { sessionOf } from '../web/proof-locals.ts'
import { qrPath } from '../web/qr.ts'
import { verifyCredential } from './credentials.ts'
import { addFactor, type Confirmed, changeFactors, confirmFactor, type NewFactor } from './enrolment.ts'
import { listFactors, mayRemoveFactor, mostFactors, needsFactor, removeFactor } from './factors.ts'
import { newSecret, otpAddress, secretInGroups } from './one-time.ts'
import { passkeyHost, passkeyOffer } from './passkeys.ts'
import { recoveryCodesLeft, replaceRecoveryCodes } from './recovery.ts'
import { recoveryPages, showNewCodes } from './recovery-pages.ts'
import { refuseForNow } from './sign-in.ts'
import type { Viewer } from './viewer.ts'
import { members } from './who.ts'

/** One's own second factor. */
export const factors = new Pages()

async function overview(page: Page<Viewer>) {
  const { viewer, house } = page
  return {
    factors: (await listFactors(viewer)).map(factor => ({ ...factor, here: factor.id === page.factor.id })),
    codes: await recoveryCodesLeft(viewer),
    needed: needsFactor(viewer),
    removable: mayRemoveFactor(viewer),
    full: viewer.factors.length >= mostFactors,
    passkeys: passkeyHost(house) !== null,
    looksAfterOthers: viewer.holds('admin', 'head'),
    login: viewer.login,
  }
}

factors.get('/account/factors', { who: members, action: 'factor.list', beforeFactor: true }, async page => {
  ensureDevice(page.context)
  page.render('people/factors', await overview(page))
})

factors.post('/account/factors', { who: members, action: 'factor.begin', beforeFactor: true }, async page => {
  const { viewer, house, form } = page
  const kind = form.text('kind') === 'passkey' && passkeyHost(house) ? 'passkey' : 'totp'
  page.detail('of', kind)
  if (viewer.factors.length >= mostFactors)
    return page.refuse('people/factors', await overview(page), [{ field: 'add', key: 'factors.full' }])
  if (!(viewer.factors.length > 0 ? await provesNow(page) : await givesPassword(page))) return
  const id = newId()
  const begun: NewFactor = kind === 'passkey' ? { kind, id } : { kind, id, secret: newSecret() }
  house.newFactors.keep(viewer.id, begun, id)
  page.redirect(`/account/factors/new/${id}`)
})

/** Whoever has no factor yet shows anew that they know the password: a browser left open must not be enough. */
async function givesPassword(page: Page<Viewer>): Promise<boolean> {
  const verdict = await verifyCredential(page.house, {
    login: page.viewer.login,
    password: page.form.text('current_password'),
    device: ensureDevice(page.context),
    address: page.context.state.address,
  })
  if (verdict.kind === 'right') return true
  const locals = await overview(page)
  if (verdict.kind === 'wait') refuseForNow(page, verdict.seconds, 'current_password', 'people/factors', locals)
  else page.refuse('people/factors', locals, [{ field: 'current_password', key: 'account.password-wrong' }])
  return false
}

async function newLocals(page: Page<Viewer>, begun: NewFactor) {
  const { house, viewer } = page
  if (begun.kind === 'passkey')
    return { id: begun.id, kind: begun.kind, offer: await passkeyOffer(house, sessionOf(page.context), viewer) }
  const address = otpAddress(begun.secret, house.school.current.name, viewer.login)
  return {
    id: begun.id,
    kind: begun.kind,
    address,
    qr: qrPath(address),
    secret: secretInGroups(begun.secret),
  }
}

function thisBegun(page: Page<Viewer>): NewFactor | undefined {
  return page.house.newFactors.find(page.viewer.id, page.params.id ?? '')
}

factors.get('/account/factors/new/:id', { who: members, action: 'factor.begin', beforeFactor: true }, async page => {
  const begun = thisBegun(page)
  if (!begun) return page.redirect('/account/factors', 'late')
  page.detail('of', begun.kind)
  page.render('people/factor-new', await newLocals(page, begun))
})

factors.post('/account/factors/new/:id', { who: members, action: 'factor.add', beforeFactor: true }, async page => {
  const begun = thisBegun(page)
  if (!begun) {
    page.recordAs('denied')
    return page.redirect('/account/factors', 'late')
  }
  page.detail('of', begun.kind)
  const confirmed = await confirmFactor(page.house, sessionOf(page.context), begun, {
    code: page.form.text('code'),
    passkey: page.form.text('passkey_proof'),
  })
  if (!confirmed) {
    const error = begun.kind === 'totp' ? ['code', 'factors.code-wrong'] : ['passkey', 'factors.passkey-failed']
    const [field = '', key = ''] = error
    return page.refuse('people/factor-new', await newLocals(page, begun), [{ field, key }])
  }
  await keep(page, confirmed)
})

async function keep(page: Page<Viewer>, confirmed: Confirmed): Promise<void> {
  const { house, viewer } = page
  const own = page.form.text('name').trim().slice(0, 60)
  const name = own || page.t(`people.factors.kind.${confirmed.kind}`)
  const codes = await changeFactors(page, confirmed.id, async change => {
    if (change.factors.length >= mostFactors) return page.throw(409)
    await addFactor(change, house, confirmed, name)
    return change.factors.length === 0 ? replaceRecoveryCodes(change, house) : null
  })
  house.newFactors.forget(viewer.id, confirmed.id)
  if (codes) showNewCodes(page, codes)
  else page.redirect('/account/factors', 'added')
}

factors.post('/account/factors/removal', { who: members, action: 'factor.remove', fresh: true }, async page => {
  const id = page.form.text('factor')
  if (!page.viewer.factors.some(factor => factor.id === id)) return page.throw(404)
  if (!mayRemoveFactor(page.viewer))
    return page.refuse('people/factors', await overview(page), [{ field: `factor-${id}`, key: 'factors.last-stays' }])
  await changeFactors(page, page.factor.id === id ? null : page.factor.id, async change => {
    if (!mayRemoveFactor(change)) return page.throw(409)
    await removeFactor(change, id)
  })
  page.redirect('/account/factors', 'removed')
})

factors.include(recoveryPages)
