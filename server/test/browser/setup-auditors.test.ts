import type { Page } from 'playwright-core'
import t from 'tap'
import { issueCodes } from '../../people/codes.ts'
import { codeAt, secretFrom } from '../../people/one-time.ts'
import { issueSetupToken } from '../../people/setup.ts'
import { systemChange } from '../../storage/change.ts'
import { newId } from '../../storage/ids.ts'
import { startEmpty } from '../empty.ts'
import { accessibilityProblems, openChromium, overflow } from './chromium.ts'

const pictures = process.env.PFORTE_PICTURES
const password = 'Ahornblatt im Frühlingsregen'

/** A person who sets the school up, in a window of their own, with an app that shows codes. */
interface Founder {
  readonly page: Page
  readonly name: string
  readonly login: string
  secret: Buffer
}

t.test('an empty school: one admin and two heads become its three auditors, and families can come', async t => {
  const school = await startEmpty(t)
  const chromium = await openChromium(t, school)

  const seen = new Set<string>()

  /** Once is enough, whoever looks; it takes its time. */
  async function looked(page: Page, name: string) {
    if (seen.has(name)) return
    seen.add(name)
    for (const [width, colorScheme] of [
      [360, 'light'],
      [1280, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme })
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true })
      const wide = await overflow(page)
      if (wide > 0) t.fail(`${name} is ${wide} pixels wider than ${width}`)
      for (const problem of await accessibilityProblems(page)) t.fail(`${name} at ${width}: ${problem}`)
    }
  }

  /** Each code works once; the next one is half a minute away. */
  async function showCode({ page, secret }: Founder, field: string) {
    school.clock.now += 31_000
    await page.fill(field, codeAt(secret, school.clock.now))
  }

  async function setUpApp(founder: Founder) {
    const { page } = founder
    t.match(page.url(), /\/account\/factors$/, `${founder.name} is led to the second factor`)
    await page.fill('[name=current_password]', password)
    await page.click('form[action="/account/factors"] button.main')
    await page.click('summary')
    founder.secret = secretFrom((await page.textContent('p.code'))?.replaceAll(' ', '') ?? '')
    await showCode(founder, '[name=code]')
    await page.click('form button.main')
    await page.check('[name=noted]')
    await page.click('form[action$="/confirmation"] button')
  }

  /** Where an act asks for the second factor again, it is shown; nothing that was typed is lost. */
  async function proved(founder: Founder) {
    const { page } = founder
    if (!(await page.isVisible('#proof'))) return
    await showCode(founder, '#proof')
    await page.click('main form button.main')
  }

  async function accepted({ page }: Founder) {
    await page.check('[name=accept]')
    await page.click('form[action="/terms/acceptance"] button.main')
  }

  const { database, clock } = school.portal.house
  const token = await systemChange(database, clock, 'command', issueSetupToken)
  const dora: Founder = {
    page: await chromium.window(),
    name: 'Dora Dietz',
    login: 'dora@schule.example',
    secret: Buffer.alloc(0),
  }
  await dora.page.goto('/setup')
  await dora.page.fill('[name=token]', token ?? '')
  await dora.page.fill('[name=given_name]', 'Dora')
  await dora.page.fill('[name=family_name]', 'Dietz')
  await dora.page.fill('[name=login]', dora.login)
  await dora.page.fill('[name=password]', password)
  await dora.page.click('main form button.main')
  await setUpApp(dora)
  await dora.page.goto('/')
  t.match(await dora.page.textContent('body'), 'Einrichtung')
  await looked(dora.page, 'home-first')
  await dora.page.goto('/auditors')
  t.match(await dora.page.textContent('main'), 'Dazu braucht es mehr Personen', 'one alone appoints nobody')
  await looked(dora.page, 'auditors-empty')
  for (const kind of ['terms', 'privacy']) {
    await dora.page.goto('/school')
    await dora.page.fill(`#${kind}`, 'Bitte gehen Sie freundlich miteinander um.')
    await dora.page.click(`form:has(#${kind}) button`)
    await proved(dora)
  }
  await dora.page.goto('/')
  await accepted(dora)

  async function comeIn(given: string, family: string): Promise<Founder> {
    await dora.page.goto('/staff')
    await dora.page.fill('[name=given_name]', given)
    await dora.page.fill('[name=family_name]', family)
    await dora.page.check('[name=office][value=head]')
    await dora.page.click('form[action="/staff/invitations"] button.main')
    await proved(dora)
    const code = (await dora.page.textContent('.code.lead')) ?? ''
    const login = `${given.toLowerCase()}@schule.example`
    const founder: Founder = {
      page: await chromium.window(),
      name: `${given} ${family}`,
      login,
      secret: Buffer.alloc(0),
    }
    const { page } = founder
    await page.goto('/register')
    await page.fill('[name=code]', code)
    await page.click('form[action="/register"] button.main')
    await page.fill('[name=login]', login)
    await page.fill('[name=password]', password)
    await page.click('form[action="/register/account"] button.main')
    await accepted(founder)
    await setUpApp(founder)
    return founder
  }
  const hanna = await comeIn('Hanna', 'Hartmann')
  const heiko = await comeIn('Heiko', 'Öztürk-Lindenberg')
  await hanna.page.goto('/')
  await looked(hanna.page, 'home-head')

  async function appoint(person: Founder, by: Founder, agreeing: Founder) {
    await by.page.goto('/auditors')
    await by.page.selectOption('[name=person]', { label: await labelOf(by.page, person.name) })
    await by.page.fill('[name=trained_on]', '2026-11-02')
    await by.page.click('form[action="/auditors/invitations"] button.main')
    await proved(by)
    t.match(by.page.url(), /ok=invited/)
    await looked(by.page, 'auditors-proposed')
    t.notOk(await by.page.isVisible(agreeTo(person.name)), 'not by whoever proposed')
    await person.page.goto('/auditors')
    t.notOk(await person.page.isVisible(agreeTo(person.name)), 'nor by the person')
    await agreeing.page.goto('/auditors')
    await agreeing.page.click(agreeTo(person.name))
    await proved(agreeing)
    t.match(agreeing.page.url(), /ok=confirmed/)
  }
  await appoint(hanna, dora, heiko)
  await appoint(heiko, dora, hanna)
  await appoint(dora, hanna, heiko)

  async function enrol(founder: Founder) {
    const { page } = founder
    await page.goto('/')
    await looked(page, 'home-invited')
    await page.goto('/auditors')
    await looked(page, 'auditors-invited')
    await page.click('text=Einladung annehmen')
    await page.click('text=Prüf-Kennwort erzeugen')
    await proved(founder)
    if (founder === hanna) await startOver(founder)
    const words = (await page.locator('.paper ol strong').allTextContents()).join(' ')
    t.equal(words.split(' ').length, 7)
    await page.click('text=Weiter: Wörter abtippen')
    await page.fill('#passphrase', words)
    await page.click('text=Prüf-Kennwort in Kraft setzen')
    await proved(founder)
    await page.waitForURL('**/auditors?ok=enrolled')
    await looked(page, 'auditors-enrolled')
  }
  /** The portal is restarted while the sheet is in the printer. */
  async function startOver(founder: Founder) {
    const { page } = founder
    const words = (await page.locator('.paper ol strong').allTextContents()).join(' ')
    await page.waitForLoadState('networkidle')
    await school.restart()
    await page.click('text=Weiter: Wörter abtippen')
    t.notOk(await page.isVisible('#passphrase'), 'nothing waits to be typed')
    t.match(await page.textContent('main'), 'Ihr Blatt ist ungültig geworden')
    await looked(page, 'enrolment-restarted')
    await page.click('text=Prüf-Kennwort erzeugen')
    await proved(founder)
    await page.click('text=Weiter: Wörter abtippen')
    await page.waitForLoadState('networkidle')
    await school.restart()
    await page.fill('#passphrase', words)
    await page.click('text=Prüf-Kennwort in Kraft setzen')
    await proved(founder)
    t.match(await page.textContent('main'), 'Die Wörter gelten nicht')
    await looked(page, 'enrolment-void')
    await page.click('text=Prüf-Kennwort erzeugen')
    await proved(founder)
  }
  const family = await familyCode()
  const refused = await chromium.window()
  await refused.goto('/register')
  await refused.fill('[name=code]', family)
  await refused.click('form[action="/register"] button.main')
  t.match(await refused.textContent('main'), 'Die Schule richtet die Pforte noch ein')
  for (const founder of [hanna, heiko, dora]) {
    await founder.page.goto('/')
    t.match(await founder.page.textContent('body'), 'Die Einrichtung ist noch nicht fertig', 'the banner')
    await enrol(founder)
  }
  for (const { page } of [hanna, heiko, dora]) {
    await page.goto('/')
    t.notMatch(await page.textContent('body'), 'Die Einrichtung ist noch nicht fertig', 'the banner is gone')
  }
  await looked(dora.page, 'home-complete')
  await refused.fill('[name=code]', family)
  await refused.click('form[action="/register"] button.main')
  await refused.waitForURL('**/register/account')

  async function familyCode(): Promise<string> {
    const { house } = school.portal
    const [issued] = await systemChange(house.database, house.clock, 'demo', async change => {
      const [guardian_id, pupil_id, guardianship_id] = [newId(), newId(), newId()]
      await change.write('guardians').insert({ id: guardian_id, given_name: 'Jelena', family_name: 'Kovač' })
      const child = { id: pupil_id, given_name: 'Mila', family_name: 'Kovač', born_on: '2015-03-03' }
      await change.write('pupils').insert(child)
      const link = { guardian_id, pupil_id, custody: 'yes', may_read: 1, may_act: 1, from_on: '2026-01-01' } as const
      await change.write('guardianships').insert({ id: guardianship_id, ...link })
      return issueCodes(change, house, [{ guardianship_id }])
    })
    return issued?.code ?? ''
  }
})

/** The button beside a proposal. */
const agreeTo = (name: string): string => `li:has(strong:has-text("${name}")) button:has-text("Zustimmen")`

/** A person's line among those who can be chosen; behind the name stands what they do. */
async function labelOf(page: Page, name: string): Promise<string> {
  const labels = await page.locator('[name=person] option').allTextContents()
  return labels.find(label => label.startsWith(name)) ?? `${name} cannot be chosen`
}
