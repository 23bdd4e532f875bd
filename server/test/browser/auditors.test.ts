import t from 'tap'
import { systemChange } from '../../storage/change.ts'
import { makeAuditor } from '../auditors.ts'
import { passphraseOf } from '../opened-case.ts'
import { startSchool } from '../school.ts'
import { accessibilityProblems, openChromium, overflow, signIn } from './chromium.ts'

const pictures = process.env.PFORTE_PICTURES

t.test('an invited head makes a passphrase, prints it on one sheet of paper, types it and practises', async t => {
  const school = await startSchool(t)
  const { accounts } = school.ids
  const at = '2026-11-23T07:00:00.000Z'
  await systemChange(school.house.database, school.house.clock, 'demo', change =>
    change.write('auditor_invitations').insert({
      account_id: accounts.hanna ?? '',
      trained_on: '2026-11-02',
      invited_by: accounts.emil ?? '',
      invited_at: at,
      confirmed_by: accounts.finja ?? '',
      confirmed_at: at,
    }),
  )
  const page = await (await openChromium(t, school)).window()
  const look = async (name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const problem of await accessibilityProblems(page)) t.fail(`${name}, ${colorScheme}: ${problem}`)
    }
    await page.emulateMedia({ colorScheme: 'light' })
    const wide = await overflow(page)
    if (wide > 0) t.fail(`${name} is ${wide} pixels wider than a phone`)
  }
  await signIn(page, 'hanna@lindenhof.example')
  await page.goto('/auditors')
  await look('auditors')
  await page.click('text=Einladung annehmen')
  await look('enrolment')
  await page.click('text=Prüf-Kennwort erzeugen')
  await look('sheet')
  const words = (await page.locator('.paper ol strong').allTextContents()).join(' ')
  t.equal(words.split(' ').length, 7)
  const paper = (await page.pdf({ format: 'A4' })).toString('latin1')
  t.equal(paper.match(/\/Type\s*\/Page\b/g)?.length, 1, 'one sheet')
  await page.click('text=Weiter: Wörter abtippen')
  await look('typing')
  await page.fill('#passphrase', words)
  await page.click('text=Prüf-Kennwort in Kraft setzen')
  await page.waitForURL('**/auditors?ok=enrolled')
  await look('auditor')
  for (const path of ['/auditors/drill', '/auditors/passphrase', '/auditors/reissue']) {
    await page.goto(path)
    await look(path)
  }
  await page.goto('/auditors/drill')
  await page.fill('#passphrase', words)
  await page.click('button.main')
  await page.waitForSelector('text=Ihr Prüf-Kennwort funktioniert')
})

t.test('two people in two windows hand out new shares, one of them with a slip', async t => {
  const school = await startSchool(t)
  await makeAuditor(school, 'hanna', ['emil', 'finja'])
  const chromium = await openChromium(t, school)
  const [emil, finja] = [await chromium.window(), await chromium.window({ viewport: { width: 1280, height: 800 } })]
  const looked = async (page: typeof emil, name: string) => {
    if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true })
    for (const problem of await accessibilityProblems(page)) t.fail(`${name}: ${problem}`)
    if ((await overflow(page)) > 0) t.fail(`${name} is too wide`)
  }
  const part = 'form[action="/auditors/reissue/part"]'
  await signIn(emil, 'emil@lindenhof.example')
  await signIn(finja, 'finja@lindenhof.example')
  for (const page of [emil, finja]) {
    await page.goto('/auditors/reissue')
    t.match(await page.textContent('main'), 'noch keinen Teil')
    if (page === emil) await looked(page, 'reissue-come')
    await page.click('form[action="/auditors/reissue"] button.main')
    await page.waitForSelector('[data-ceremony]')
  }
  await emil.waitForSelector('#other:has-text("Finja Frank")')
  await looked(emil, 'reissue-both')
  await finja.fill('#passphrase', 'sieben Wörter von einem anderen Blatt abgetippt')
  await finja.click(`${part} button.main`)
  await finja.waitForSelector('[data-problems]:has-text("Das Prüf-Kennwort stimmt nicht")')
  await looked(finja, 'reissue-wrong')
  await finja.fill('#passphrase', passphraseOf('finja'))
  await finja.click(`${part} button.main`)
  await finja.waitForSelector('text=Jetzt fehlt noch die andere Person')
  await looked(finja, 'reissue-waiting')
  await emil.fill('#passphrase', passphraseOf('emil'))
  await emil.click(`${part} button.main`)
  for (const page of [emil, finja]) await page.waitForSelector('text=neu verteilt')
  await looked(finja, 'reissue-done')
  t.match(await emil.textContent('main'), 'November 2026')
})

t.test('one suspends an auditor, another decides, on a phone', async t => {
  const school = await startSchool(t)
  const chromium = await openChromium(t, school)
  const [dora, finja] = [await chromium.window(), await chromium.window()]
  const looked = async (page: typeof dora, name: string) => {
    if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const problem of await accessibilityProblems(page)) t.fail(`${name}, ${colorScheme}: ${problem}`)
    }
    if ((await overflow(page)) > 0) t.fail(`${name} is too wide`)
  }
  await signIn(dora, 'dora@lindenhof.example')
  await dora.goto('/auditors')
  await dora.click('summary:has-text("Emil Ernst")')
  await dora.click('[action$="/suspension"] button:visible')
  await dora.waitForSelector('[data-problems]:has-text("Setzen Sie das Häkchen")')
  await looked(dora, 'suspend-unconfirmed')
  await dora.check('#auditor-1')
  await dora.click('[action$="/1/suspension"] button')
  await dora.waitForSelector('text=Die Person öffnet vorerst nichts mehr')
  await looked(dora, 'suspended')
  await signIn(finja, 'finja@lindenhof.example')
  await finja.click('text=als prüfende Person ausgesetzt')
  await finja.waitForURL('**/auditors#auditor-1')
  await looked(finja, 'suspension-to-decide')
  await finja.click('text=Wieder zulassen')
  await finja.waitForSelector('text=Die Person prüft wieder mit')
})

t.test('a letter with a code that does not work yet says so, still on one sheet', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  Object.defineProperty(audit, 'standing', { value: { ...audit.standing, readable: false, auditors: [] } })
  const page = await (await openChromium(t, school)).window()
  await signIn(page, 'otto@lindenhof.example')
  await page.goto('/roll/codes')
  await page.selectOption('[name=scope]', 'all')
  await page.check('[name=which][value=again]')
  await page.click('main form button.main')
  await page.waitForSelector('.paper')
  t.match(await page.textContent('.paper'), 'Ihr Code gilt erst, wenn die Schule ihre Prüfenden benannt hat.')
  const paper = await page.pdf({
    format: 'A4',
    preferCSSPageSize: true,
    ...(pictures && { path: `${pictures}/letter.pdf` }),
  })
  const letters = await page.locator('.paper').count()
  t.equal(paper.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length, letters)
})
