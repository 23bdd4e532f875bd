import type { Theme } from '../storage/tables.ts'
import { ensureDevice } from '../web/device.ts'
import { languageCookie, languagesOf, themeCookie } from '../web/language.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { beginSession } from '../web/session-start.ts'
import { verifyCredential } from './credentials.ts'
import { hashPassword, passwordProblem } from './passwords.ts'
import { openCode } from './registering.ts'
import { CodeUsed, concernsOf, isForPerson, redeemCode } from './registration.ts'
import { endEverything } from './sessions.ts'
import { refuseForNow, rememberDevice, safePath } from './sign-in.ts'
import type { Viewer } from './viewer.ts'
import { visibleTo } from './visibility.ts'
import { isWatched, tellOffices } from './watched-offices.ts'
import { anybody, families, members } from './who.ts'

/** One's own account. */
export const account = new Pages()

const themes: readonly Theme[] = ['system', 'light', 'dark']

async function own(page: Page<Viewer>) {
  const { viewer } = page
  const sessions = await visibleTo(viewer, 'sessions').orderBy('seen_at', 'desc').limit(50)
  const self = viewer.pupils.find(pupil => pupil.self)
  const [pupil] = self ? await visibleTo(viewer, 'pupils').where({ id: self.id }) : []
  return {
    account: { name: viewer.name, login: viewer.login, language: viewer.language, theme: viewer.theme },
    languages: languagesOf(page),
    factors: viewer.factors.length,
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
  return viewer.pupils
    .filter(pupil => !pupil.self)
    .map(pupil => ({ name: pupil.name, group: viewer.classOf(pupil.id).name }))
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
    return refuseForNow(page, verdict.seconds, 'current_password', 'people/account', await own(page))
  if (verdict.kind !== 'right')
    return page.refuse('people/account', await own(page), [
      { field: 'current_password', key: 'account.password-wrong' },
    ])
  if (problem) return page.refuse('people/account', await own(page), [{ field: 'password', key: problem }])
  const password_hash = await hashPassword(form.text('password'))
  await page.change(async change => {
    await change.write('accounts').where({ id: change.id }).update({ password_hash })
    await endEverything(change, change.id)
  })
  // Every session has ended, this one too; whoever knows the new password goes on here in a new one.
  const renewed = { id: viewer.id, session_epoch: verdict.account.session_epoch + 1 }
  await page.systemChange('sign-in', change => rememberDevice(change, renewed, device))
  await beginSession(page, renewed, page.factor)
  page.redirect('/account', 'password')
})

account.post('/account/sessions/end', { who: members, action: 'account.session.end' }, async page => {
  const id = page.form.text('session')
  const [session] = await visibleTo(page.viewer, 'sessions').where({ public_id: id })
  if (!session) return page.throw(404)
  await page.change(change => change.write('sessions').where({ public_id: id, account_id: change.id }).delete())
  page.redirect('/account', 'ended')
})

account.post('/account/sessions/end-others', { who: members, action: 'account.session.end' }, async page => {
  const others = (await visibleTo(page.viewer, 'sessions')).filter(
    session => session.mark !== page.context.state.session,
  )
  const ended = others.map(session => session.public_id)
  await page.change(change =>
    change.write('sessions').where({ account_id: change.id }).whereIn('public_id', ended).delete(),
  )
  page.redirect('/account', 'others')
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
  page.redirect('/account', 'adult')
})

account.get('/account/children', { who: members, action: 'account.child.list' }, async page => {
  page.render('people/children', { children: children(page.viewer) })
})

account.post('/account/children', { who: members, action: 'account.child.add' }, async page => {
  const locals = { children: children(page.viewer) }
  const code = await openCode(page, 'people/children', locals, page.viewer.id)
  if (!code) return
  const unknown = [{ field: 'code', key: 'register.code-unknown' }]
  if (!isForPerson(code, page.viewer.name))
    return page.refuse('people/children', locals, [{ field: 'code', key: 'register.code-other' }])
  // Whoever makes such invitations does not make one for themselves.
  if (code.office && isWatched(code.office) && page.viewer.holds('admin'))
    return page.refuse('people/children', locals, [{ field: 'code', key: 'staff.own-office' }])
  for (const [kind, id] of concernsOf(code)) page.concerns(kind, id)
  try {
    await page.change(async change => {
      await redeemCode(change, code, change.id)
      if (code.invitation_id) await endEverything(change, change.id)
      await page.record('try')
      if (code.office) await tellOffices(page.house, 'office_granted', [code.office])
    })
  } catch (error) {
    if (error instanceof CodeUsed) return page.refuse('people/children', locals, unknown)
    throw error
  }
  if (!code.invitation_id) return page.redirect('/account/children', 'added')
  // A parent who is now staff as well: one account, and from here on a session with a staff member's limits.
  await beginSession(page, { id: page.viewer.id, session_epoch: (page.session?.epoch ?? 0) + 1 }, page.factor)
  page.redirect('/', 'staff')
})

account.open('/preferences', page => {
  ensureDevice(page.context)
  page.render('people/preferences', { languages: languagesOf(page), next: safePath(page.query('next')) })
})

account.post('/preferences', { who: anybody, action: 'account.preferences', beforeTerms: true }, async page => {
  const { form, house, context, viewer } = page
  const language = house.texts.language(form.text('language')).code
  const theme = themes.find(known => known === form.text('theme')) ?? 'system'
  const cookie = { signed: false, secure: true, httpOnly: true, sameSite: 'lax', maxAge: 365 * 86_400_000 } as const
  context.cookies.set(languageCookie, language, cookie)
  context.cookies.set(themeCookie, theme, cookie)
  if (viewer) await keepPreferences(page as Page<Viewer>, language, theme)
  page.redirect(safePath(form.text('next')))
})

account.post('/account/preferences', { who: members, action: 'account.preferences' }, async page => {
  const { form, house } = page
  const theme = themes.find(known => known === form.text('theme')) ?? 'system'
  await keepPreferences(page, house.texts.language(form.text('language')).code, theme)
  page.redirect('/account', 'preferences')
})

async function keepPreferences(page: Page<Viewer>, language: string, theme: Theme): Promise<void> {
  await page.change(change => change.write('accounts').where({ id: change.id }).update({ language, theme }))
}
