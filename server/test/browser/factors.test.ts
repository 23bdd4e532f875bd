import t from 'tap'
import { castPassword, oneTimeSecrets } from '../../demo/cast.ts'
import { codeAt, secretFrom } from '../../people/one-time.ts'
import { systemChange } from '../../storage/change.ts'
import { type School, startSchool } from '../school.ts'
import { accessibilityProblems, openChromium, overflow } from './chromium.ts'

const otto = 'otto@lindenhof.example'

/** Somebody of the cast as on the first day: without a second factor. */
async function withoutFactor(school: School, key: string): Promise<void> {
  await systemChange(school.house.database, school.house.clock, 'demo', change =>
    change
      .write('factors')
      .where({ account_id: school.ids.accounts[key] ?? '' })
      .delete(),
  )
}

t.test('a phone without JavaScript: set up an app, write the codes down, sign in with both', async t => {
  const school = await startSchool(t)
  await withoutFactor(school, 'otto')
  const chromium = await openChromium(t, school)
  const page = await chromium.window({ javaScriptEnabled: false })
  const password = async () => {
    await page.goto('/sign-in')
    await page.fill('[name=login]', otto)
    await page.fill('form[action="/sign-in"] [name=password]', castPassword)
    await page.click('form[action="/sign-in"] button.main')
  }
  await password()
  t.match(page.url(), /\/account\/factors$/, 'the office needs one')
  t.equal(await overflow(page), 0)
  await page.fill('[name=current_password]', castPassword)
  await page.click('form[action="/account/factors"] button.main')
  t.equal(await overflow(page), 0)
  await page.click('summary')
  const secret = secretFrom((await page.textContent('p.code'))?.replaceAll(' ', '') ?? '')
  await page.fill('[name=code]', '123')
  await page.click('form button.main')
  t.match(await page.textContent('main'), 'Der Code stimmt nicht.')
  await page.fill('[name=code]', codeAt(secret, school.clock.now))
  await page.click('form button.main')
  t.match(page.url(), /\/codes$/)
  t.equal(await overflow(page), 0)
  const codes = await page.locator('ol .code').allTextContents()
  t.equal(codes.length, 10)
  await page.check('[name=noted]')
  await page.click('form[action$="/confirmation"] button')
  t.match(await page.textContent('main'), 'Sie haben noch 10 Codes.')
  await page.goto('/account')
  await page.click('form[action="/sign-out"] button')

  school.clock.now += 60_000
  await password()
  t.match(page.url(), /\/sign-in\/factor$/)
  t.equal(await overflow(page), 0)
  await page.fill('#proof', codeAt(secret, school.clock.now))
  await Promise.all([page.waitForURL(url => url.pathname === '/'), page.keyboard.press('Enter')])
  await page.goto('/account')
  await page.click('form[action="/sign-out"] button')
  await password()
  await page.click('summary')
  await page.fill('#proof-code', codes[3]?.toLowerCase() ?? '')
  await Promise.all([page.waitForURL(url => url.pathname === '/'), page.keyboard.press('Enter')])

  school.clock.now += 6 * 60_000
  await page.goto('/roll/codes')
  const before = page.url()
  await page.click('main form button:visible')
  t.match(await page.textContent('h1'), 'Bitte zeigen Sie noch einmal', `${before} asks again`)
  t.equal(await overflow(page), 0)
})

t.test('a passkey: made with this device, asked at the next sign-in, and again before what reaches far', async t => {
  const school = await startSchool(t)
  await withoutFactor(school, 'dora')
  // The authenticator's certificate dates are real, the challenge's age is the school's.
  const chromium = await openChromium(t, school)
  const page = await chromium.window({ viewport: { width: 1280, height: 900 } })
  const debug = await page.context().newCDPSession(page)
  await debug.send('WebAuthn.enable')
  const { authenticatorId } = await debug.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  const verified = (isUserVerified: boolean) =>
    debug.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
  const password = async () => {
    await page.goto('/sign-in')
    await page.fill('[name=login]', 'dora@lindenhof.example')
    await page.fill('form[action="/sign-in"] [name=password]', castPassword)
    await page.click('form[action="/sign-in"] button.main')
  }
  await password()
  t.same(await accessibilityProblems(page), [])
  await page.check('label:has-text("Passkey")')
  await page.fill('[name=current_password]', castPassword)
  await page.click('form[action="/account/factors"] button.main')
  t.same(await accessibilityProblems(page), [])
  await page.fill('[name=name]', 'Dienstrechner')
  await verified(false)
  await page.click('[data-passkey] button')
  await page.waitForSelector('[data-passkey] [role=alert]:visible')
  t.pass('without fingerprint or PIN there is none')
  await verified(true)
  await page.click('[data-passkey] button')
  await page.waitForURL('**/account/factors/codes')
  t.same(await accessibilityProblems(page), [])
  await page.check('[name=noted]')
  await page.click('form[action$="/confirmation"] button')
  t.match(await page.textContent('main'), 'Dienstrechner')
  t.same(await accessibilityProblems(page), [])
  await page.check('label:has-text("App mit Codes")')
  await page.click('form[action="/account/factors"] button.main')
  await page.click('summary')
  t.same(await accessibilityProblems(page), [])
  await page.goto('/account')
  await page.click('form[action="/sign-out"] button')

  await password()
  t.match(page.url(), /\/sign-in\/factor$/)
  t.same(await accessibilityProblems(page), [])
  const [sent] = await Promise.all([
    page.waitForRequest(request => request.method() === 'POST'),
    page.click('[data-passkey] button'),
  ])
  await page.waitForURL(url => url.pathname === '/')
  const answer = new URLSearchParams(sent.postData() ?? '').getAll('proof').find(text => text.startsWith('{')) ?? ''
  t.match(answer, 'signature')

  await page.goto('/account')
  await page.click('form[action="/sign-out"] button')
  await password()
  const token = await page.inputValue('form[action="/sign-in/factor"] [name=csrf]')
  const replayed = await page.request.post('/sign-in/factor', {
    form: { csrf: token, proof: answer },
    headers: { 'sec-fetch-site': 'same-origin' },
    maxRedirects: 0,
  })
  t.equal(replayed.status(), 422, 'what was signed for another session lets nobody in')
  await page.click('[data-passkey] button')
  await page.waitForURL(url => url.pathname === '/')

  school.clock.now += 6 * 60_000
  await page.goto('/factors/losses')
  t.match(page.url(), /\/account\/proof/)
  await page.click('[data-passkey] button')
  await page.waitForURL('**/factors/losses')
  t.same(await accessibilityProblems(page), [])
  await page.fill('[name=login]', otto)
  await page.check('[name=seen]')
  school.clock.now += 6 * 60_000
  await page.click('form[action="/factors/losses"] button')
  t.match(await page.textContent('h1'), 'Bitte zeigen Sie noch einmal')
  await page.click('[data-passkey] button')
  await page.waitForURL('**/factors/losses?ok=named')
  t.match(await page.textContent('main'), 'Otto Köhler', 'what was typed has arrived')

  school.clock.now += 6 * 60_000
  await page.goto('/account/proof?next=/account')
  school.clock.now += 6 * 60_000
  await page.click('[data-passkey] button')
  await page.waitForSelector('.problems')
  t.match(await page.textContent('main'), 'Der Code stimmt nicht', 'a question is answered within five minutes')
})

t.test('in German and English, on a phone, in the dark: the second step fits', async t => {
  const school = await startSchool(t)
  const chromium = await openChromium(t, school)
  const page = await chromium.window({ colorScheme: 'dark', locale: 'en-GB', viewport: { width: 360, height: 740 } })
  await page.goto('/sign-in')
  await page.fill('[name=login]', 'emil@lindenhof.example')
  await page.fill('form[action="/sign-in"] [name=password]', castPassword)
  await page.click('form[action="/sign-in"] button.main')
  t.match(await page.textContent('h1'), 'Second step')
  t.equal(await overflow(page), 0)
  t.same(await accessibilityProblems(page), [])
  await page.keyboard.press('Tab')
  await page.fill('#proof', codeAt(secretFrom(oneTimeSecrets.emil ?? ''), school.clock.now))
  await Promise.all([page.waitForURL(url => url.pathname === '/'), page.keyboard.press('Enter')])
})
