import { ensureDevice } from '../web/device.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { beginSession } from '../web/session-start.ts'
import { checkNewAccount, createAccount } from './accounts.ts'
import { auditorsAreSetUp } from './auditor-care.ts'
import { acceptDocuments, documentInForce, hasTerms } from './documents.ts'
import { hashPassword } from './passwords.ts'
import { CodeUsed, concernsOf, findOpenCode, type OpenCode, redeemCode } from './registration.ts'
import { createFirstAdmin, isSetUp } from './setup.ts'
import { refuseForNow, rememberDevice } from './sign-in.ts'
import { codeBudgets, giveBack, takeTry } from './throttle.ts'
import type { Viewer } from './viewer.ts'
import { tellOffices } from './watched-offices.ts'
import { anybody, members } from './who.ts'

/** From a code on paper to an account: code, login and password, then the terms. */
export const registering = new Pages()

registering.open('/register', page => {
  ensureDevice(page.context)
  page.render('people/register')
})

registering.post('/register', { who: anybody, action: 'auth.register', beforeTerms: true }, async page => {
  const code = await openCode(page, 'people/register')
  if (!code) return
  // Nobody becomes a user before there is something to accept; staff can, since they write it.
  if (!code.invitation_id && !(await hasTerms(page.house)))
    return page.refuse('people/register', {}, [{ field: 'code', key: 'register.no-terms' }])
  // Until there are auditors, nobody could ever open what is recorded about families.
  if (!code.invitation_id && !auditorsAreSetUp(page.house))
    return page.refuse('people/register', {}, [{ field: 'code', key: 'register.no-auditors' }])
  page.recordAs('ok', null)
  page.house.enteredCodes.keep(ensureDevice(page.context), page.form.text('code'), entered)
  page.redirect('/register/account')
})

registering.open('/register/account', async page => {
  const code = await enteredCode(page)
  if (!code) return page.redirect('/register')
  page.render('people/register-account', { staff: code.invitation_id !== null })
})

registering.post('/register/account', { who: anybody, action: 'auth.register', beforeTerms: true }, async page => {
  const { form, house } = page
  const code = await enteredCode(page)
  if (!code) return page.refuse('people/register', {}, [{ field: 'code', key: 'register.code-unknown' }])
  const staff = code.invitation_id !== null
  const checked = checkNewAccount(form, staff, [code.given_name, code.family_name, house.school.current.name])
  if (!checked.ok) return page.refuse('people/register-account', { staff }, checked.errors)
  const { login, email, password } = checked.input
  // Whether a login is taken is told only to whoever holds a code, and not without end.
  const budgets = codeBudgets(house, page.context.state.address)
  const seconds = await takeTry(house, budgets)
  if (seconds > 0) return refuseForNow(page, seconds, 'login', 'people/register-account', { staff })
  const password_hash = await hashPassword(password)
  const device = ensureDevice(page.context)
  const language = page.context.state.language.code
  for (const [kind, id] of concernsOf(code)) page.concerns(kind, id)
  const result = await page
    .systemChange('registration', async change => {
      const { given_name, family_name } = code
      const account = await createAccount(change, { given_name, family_name, login, email, password_hash, language })
      if (!account) {
        page.recordAs('denied')
        return 'taken' as const
      }
      await redeemCode(change, code, account.id)
      await rememberDevice(change, account, device)
      page.recordAs('ok', account.id)
      await page.record('try')
      if (code.office) await tellOffices(house, 'office_granted', [code.office])
      return account
    })
    .catch((error: unknown) => {
      if (error instanceof CodeUsed) return 'used' as const
      throw error
    })
  if (result === 'taken')
    return page.refuse('people/register-account', { staff }, [{ field: 'login', key: 'register.login-taken' }])
  if (result === 'used') return page.refuse('people/register', {}, [{ field: 'code', key: 'register.code-unknown' }])
  await giveBack(house, budgets)
  await beginSession(page, result)
  page.redirect('/terms/acceptance')
})

const entered = 'code'

/** The code that this browser entered in the step before. */
function enteredCode<V extends Viewer | null>(page: Page<V>): Promise<OpenCode | undefined> {
  return findOpenCode(page.house, page.house.enteredCodes.find(ensureDevice(page.context), entered) ?? '')
}

/** The open code in the form; otherwise the form has been refused. Wrong, used and expired look the same. */
export async function openCode<V extends Viewer | null>(
  page: Page<V>,
  view: string,
  locals: Record<string, unknown> = {},
  account = '',
): Promise<OpenCode | undefined> {
  const budgets = codeBudgets(page.house, page.context.state.address)
  const seconds = await takeTry(page.house, budgets)
  if (seconds > 0) {
    refuseForNow(page, seconds, 'code', view, locals)
    return undefined
  }
  const code = await findOpenCode(page.house, page.form.text('code'), account)
  // At a parents' evening a whole school comes from one address: only wrong codes count.
  if (code) await giveBack(page.house, budgets)
  else page.refuse(view, locals, [{ field: 'code', key: 'register.code-unknown' }])
  return code
}

registering.get('/terms/acceptance', { who: members, action: 'terms.accept', beforeTerms: true }, async page => {
  if (page.viewer.unaccepted === 0) return page.redirect('/')
  page.render('people/terms-accept', await texts(page))
})

registering.post('/terms/acceptance', { who: members, action: 'terms.accept', beforeTerms: true }, async page => {
  const { terms, privacy, renewed } = await texts(page)
  if (page.form.text('accept') !== 'yes')
    return page.refuse('people/terms-accept', { terms, privacy, renewed }, [
      { field: 'accept', key: 'terms.must-accept' },
    ])
  await page.change(change =>
    acceptDocuments(
      change,
      change.id,
      [terms, privacy].filter(text => text !== undefined),
    ),
  )
  page.redirect('/', renewed ? undefined : 'registered')
})

async function texts(page: Page<Viewer>) {
  const [terms, privacy] = [await documentInForce(page.house, 'terms'), await documentInForce(page.house, 'privacy')]
  return { terms, privacy, renewed: (terms?.version ?? 1) > 1 }
}

for (const kind of ['terms', 'privacy'] as const) {
  registering.open(`/${kind}`, async page => {
    const document = await documentInForce(page.house, kind)
    page.render('people/terms', { kind, document: document ?? null, title: page.t(`people.terms.title-${kind}`) })
  })
}
registering.open('/help', page => page.render('people/help'))
registering.open('/accessibility', page => page.render('people/accessibility'))

registering.open('/setup', async page => {
  if (await isSetUp(page.house)) return page.redirect('/sign-in')
  ensureDevice(page.context)
  page.render('people/setup')
})

registering.post('/setup', { who: anybody, action: 'auth.setup', beforeTerms: true }, async page => {
  const { form, house } = page
  const seconds = await takeTry(house, codeBudgets(house, page.context.state.address))
  if (seconds > 0) return refuseForNow(page, seconds, 'token', 'people/setup', {})
  const late = [{ field: 'token', key: 'setup.token-unknown' }]
  if (await isSetUp(house)) return page.refuse('people/setup', {}, late)
  const checked = checkNewAccount(form, true, [form.text('given_name'), form.text('family_name')])
  const errors = checked.ok ? [] : checked.errors
  for (const field of ['given_name', 'family_name'])
    if (form.text(field).trim() === '') errors.push({ field, key: 'setup.name-missing' })
  if (!checked.ok || errors.length > 0) return page.refuse('people/setup', {}, errors)
  const password_hash = await hashPassword(checked.input.password)
  const device = ensureDevice(page.context)
  const account = await page.systemChange('setup', async change => {
    const first = await createFirstAdmin(change, form.text('token'), {
      given_name: form.text('given_name').trim(),
      family_name: form.text('family_name').trim(),
      login: checked.input.login,
      email: checked.input.email,
      password_hash,
      language: page.context.state.language.code,
    })
    if (first) {
      await rememberDevice(change, first, device)
      await page.record('try')
      await tellOffices(house, 'office_granted', ['admin'])
    } else page.recordAs('denied')
    return first
  })
  if (!account) return page.refuse('people/setup', {}, late)
  await beginSession(page, account)
  page.redirect('/')
})
