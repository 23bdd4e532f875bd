import { Pages } from '../web/pages.ts'
import type { Page } from '../web/page.ts'
import { languageCookie } from '../web/language.ts'
import type { Theme } from '../storage/tables.ts'
import { verifyCredential } from './credentials.ts'
import { hashPassword, passwordProblem } from './passwords.ts'
import { concernsOf, redeemCode } from './registration.ts'
import { openCode } from './registering.ts'
import { endEverything } from './sessions.ts'
import { beginSession, rememberDevice } from './sign-in.ts'
import { deviceOf, ensureDevice } from '../web/device.ts'
import { visibleTo } from './visibility.ts'
import type { Viewer } from './viewer.ts'
import { anybody, families, members } from './who.ts'

/** One's own account. */
export const account = new Pages()

const themes: readonly Theme[] = ['system', 'light', 'dark']

async function own(page: Page<Viewer>) {
  const { viewer } = page
  const { languages } = page.house.texts
  const sessions = await visibleTo(viewer, 'sessions').orderBy('seen_at', 'desc').limit(50)
  const self = viewer.pupils.find(pupil => pupil.self)
  const [pupil] = self ? await visibleTo(viewer, 'pupils').where({ id: self.id }) : []
  return {
    account: { name: viewer.name, login: viewer.login, language: viewer.language, theme: viewer.theme },
    languages: languages.map(({ code, name }) => ({ code, name })),
    sessions: sessions.map(({ public_id, mark, agent, network, seen_at, created_at }) => ({
      id: public_id,
      current: mark === page.context.state.session,
      agent,
      network,
      seen_at,
      created_at,
    })),
    children: children(viewer),
    adult: self?.may_act ? { parents_may_read: pupil?.guardians_allowed_at !== null } : null,
  }
}

/** The viewer's children with their classes. */
export function children(viewer: Viewer): { name: string; group: string }[] {
  return viewer.pupils.filter(pupil => !pupil.self).map(pupil => ({ name: pupil.name, group: viewer.classOf(pupil.id) }))
}

account.get('/account', { who: members, action: 'account.show' }, async page => {
  page.render('people/account', await own(page))
})

account.post('/account/password', { who: members, action: 'account.password' }, async page => {
  const { form, house, viewer } = page
  const device = ensureDevice(page.context)
  const verdict = await verifyCredential(house, {
    login: viewer.login,
    password: form.text('current_password'),
    device,
    address: page.context.state.address,
  })
  const problem = passwordProblem(form.text('password'), viewer.offices.size > 0, [viewer.login, viewer.name])
  if (verdict.kind === 'wait')
    return page.refuse('people/account', await own(page), [
      { field: 'current_password', key: 'throttle.wait', values: { seconds: verdict.seconds } },
    ])
  if (verdict.kind === 'wrong')
    return page.refuse('people/account', await own(page), [{ field: 'current_password', key: 'account.password-wrong' }])
  if (problem) return page.refuse('people/account', await own(page), [{ field: 'password', key: problem }])
  const password_hash = await hashPassword(form.text('password'))
  await page.change(async change => {
    await change.write('accounts').where({ id: change.id }).update({ password_hash })
    await endEverything(change, change.id)
  })
  // Every session has ended, this one too; whoever knows the new password goes on here in a new one.
  const renewed = { id: viewer.id, session_epoch: verdict.account.session_epoch + 1 }
  await page.systemChange('sign-in', change => rememberDevice(change, renewed, device))
  await beginSession(page, renewed)
  page.redirect('/account', 'password')
})

account.post('/account/sessions/end', { who: members, action: 'account.session.end' }, async page => {
  const id = page.form.text('session')
  const [session] = await visibleTo(page.viewer, 'sessions').where({ public_id: id })
  if (!session) return page.throw(404)
  await page.change(change => change.write('sessions').where({ public_id: id, account_id: change.id }).delete())
  page.redirect('/account', 'session-ended')
})

account.post('/account/sessions/end-all', { who: members, action: 'account.session.end' }, async page => {
  await page.change(change => endEverything(change, change.id))
  page.context.session = null
  page.redirect('/sign-in', 'all-ended')
})

account.post('/account/adult', { who: families, action: 'account.adult.decide' }, async page => {
  const self = page.viewer.pupils.find(pupil => pupil.self && pupil.may_act)
  if (!self) return page.throw(404)
  page.concerns('pupil', self.id)
  const allowed = page.form.text('parents_may_read') === 'yes'
  await page.change(change =>
    change
      .write('pupils')
      .where({ id: self.id })
      .update({ guardians_allowed_at: allowed ? change.at : null }),
  )
  page.redirect('/account', allowed ? 'parents-allowed' : 'parents-ended')
})

account.get('/account/children', { who: members, action: 'account.child.list' }, async page => {
  page.render('people/children', { children: children(page.viewer) })
})

account.post('/account/children', { who: members, action: 'account.child.add' }, async page => {
  const locals = { children: children(page.viewer) }
  const code = await openCode(page, 'people/children', locals)
  if (!code) return
  const unknown = [{ field: 'code', key: 'register.code-unknown' }]
  if (code.invitation_id) return page.refuse('people/children', locals, unknown)
  for (const [kind, id] of concernsOf(code)) page.concerns(kind, id)
  const done = await page.change(change => redeemCode(change, code, change.id))
  if (!done) return page.refuse('people/children', locals, unknown)
  page.redirect('/account/children', 'added')
})

account.open('/preferences', page => {
  ensureDevice(page.context)
  page.render('people/preferences', preferences(page))
})

account.post('/preferences', { who: anybody, action: 'account.language', beforeTerms: true }, async page => {
  const { form, house, context } = page
  const language = house.texts.language(form.text('language')).code
  const theme = themes.find(known => known === form.text('theme')) ?? 'system'
  const cookie = { signed: false, secure: true, httpOnly: true, sameSite: 'lax', maxAge: 365 * 86_400_000 } as const
  context.cookies.set(languageCookie, language, cookie)
  context.cookies.set('pforte-theme', theme, cookie)
  const { viewer } = page
  if (viewer) await (page as Page<Viewer>).change(change => change.write('accounts').where({ id: change.id }).update({ language, theme }))
  page.redirect(viewer ? '/account' : '/sign-in')
})

function preferences(page: Page<Viewer | null>) {
  const { texts } = page.house
  return { languages: texts.languages.map(({ code, name }) => ({ code, name })), themes, next: deviceOf(page.context) ? '/' : '/sign-in' }
}
