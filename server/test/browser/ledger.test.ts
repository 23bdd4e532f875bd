import t from 'tap'
import { startSchool } from '../school.ts'
import { accessibilityProblems, openChromium, overflow, signIn } from './chromium.ts'

t.test('the ledger looks right when everything is wrong, too, and the monthly sheet is one page', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  await audit.note('verify_failed', { seg: 0 })
  const chromium = await openChromium(t, school)
  const page = await chromium.window()
  await signIn(page, 'dora@lindenhof.example')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.goto('/')
    t.match(await page.textContent('aside.error'), 'nicht unversehrt')
    for (const problem of await accessibilityProblems(page)) t.fail(`the banner, ${colorScheme}: ${problem}`)
    await page.goto('/audit')
    for (const summary of await page.locator('summary').all()) await summary.click()
    await page.fill('[name=note]', 'Das ist keine')
    t.equal(await overflow(page), 0)
    for (const problem of await accessibilityProblems(page)) t.fail(`the ledger, ${colorScheme}: ${problem}`)
    await page.click('form[action="/audit/check"] button')
    t.match(await page.textContent('main'), 'Das ist keine Notiz')
    await page.fill('[name=note]', audit.standing.note)
    await page.click('form[action="/audit/check"] button')
    t.match(await page.textContent('main'), 'dieser Stand ist enthalten')
    for (const problem of await accessibilityProblems(page)) t.fail(`the answer, ${colorScheme}: ${problem}`)
  }
  await page.goto('/audit/sheet')
  await page.emulateMedia({ media: 'print' })
  const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true })
  t.equal(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length, 1)
})
