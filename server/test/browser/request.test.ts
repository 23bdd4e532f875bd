import t from 'tap'
import { auditorPassphrases } from '../../demo/auditors.ts'
import { approval, reason } from '../requested-case.ts'
import { startSchool } from '../school.ts'
import { accessibilityProblems, openChromium, overflow, signIn } from './chromium.ts'

const pictures = process.env.PFORTE_PICTURES

t.test('from a suspicion to an approval on a phone, in the light and in the dark', async t => {
  const school = await startSchool(t)
  const chromium = await openChromium(t, school)
  const emil = await chromium.window()
  const finja = await chromium.window()
  await signIn(emil, 'emil@lindenhof.example')
  await signIn(finja, 'finja@lindenhof.example')
  type Window = typeof emil
  const look = async (page: Window, name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      t.equal(await overflow(page), 0, `${name} fits`)
      for (const problem of await accessibilityProblems(page)) t.fail(`${name}, ${colorScheme}: ${problem}`)
    }
    await page.emulateMedia({ colorScheme: 'light' })
    if (!pictures) return
    await page.screenshot({ path: `${pictures}/${name}-360.png`, fullPage: true })
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.screenshot({ path: `${pictures}/${name}-1280.png`, fullPage: true })
    await page.setViewportSize({ width: 360, height: 740 })
  }
  await emil.goto('/cases')
  await look(emil, 'cases-empty')
  await emil.click('a[href="/cases/new"]')
  await look(emil, 'cases-new')
  await emil.click('button.main')
  await look(emil, 'cases-refused')
  await emil.check('[value=foreign_account]')
  await emil.fill('[name=reason]', reason)
  await emil.fill('[name=source]', 'Von der Mutter selbst, im Sekretariat')
  await emil.fill('[name=name]', 'Behrens')
  await emil.press('[name=name]', 'Enter')
  await emil.check('label:has-text("Bea Behrens") input')
  await emil.fill('[name=from]', '2026-11-18')
  await emil.fill('[name=to]', '2026-11-20')
  await emil.check('[value=sign-in]')
  await look(emil, 'cases-found')
  await emil.click('button.main')
  await look(emil, 'cases-check')
  await emil.click('button.main')
  await look(emil, 'cases-requested')
  await finja.goto('/cases')
  await look(finja, 'cases-desk')
  await finja.click('ul.due a')
  await look(finja, 'cases-reading')
  await finja.fill('[name=passphrase]', auditorPassphrases.finja ?? '')
  await finja.click('main button.main')
  await look(finja, 'cases-review')
  await finja.check('[value=approve]')
  for (const tick of ['necessary', 'milder', 'unbiased']) await finja.check(`[value=${tick}]`)
  await finja.fill('[name=words]', String(approval.words))
  await finja.click('main button.main')
  t.match(await finja.textContent('main'), 'Sie haben den Antrag freigegeben')
  await look(finja, 'cases-approved')
  await emil.goto('/account/record')
  await look(emil, 'cases-disclosure')
})
