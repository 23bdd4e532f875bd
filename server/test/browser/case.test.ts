import type { Page } from 'playwright-core'
import t from 'tap'
import { passphraseOf, requestAbout, sealedCase } from '../opened-case.ts'
import { startSchool } from '../school.ts'
import { accessibilityProblems, openChromium, overflow, signIn } from './chromium.ts'

const pictures = process.env.PFORTE_PICTURES
const words = 'Die Einträge zeigen fremde Anmeldungen an zwei Abenden, das Kennwort wurde geändert.'

t.test('two people open a case in two browsers, a third is refused, and the person concerned reads of it', async t => {
  const school = await startSchool(t)
  const ada = await school.seated('ada')
  for (const path of ['/letters', '/', '/account']) await ada.get(path)
  school.clock.now += 90_000
  const chromium = await openChromium(t, school)

  async function looked(page: Page, name: string) {
    for (const [width, colorScheme] of [
      [360, 'light'],
      [768, 'dark'],
      [1280, 'light'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme })
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true })
      const wide = await overflow(page)
      if (wide > 0) t.fail(`${name} is ${wide} pixels wider than ${width}`)
      // A tablet is as wide as either; looking takes its time.
      if (width === 1280) continue
      for (const problem of await accessibilityProblems(page)) t.fail(`${name} at ${width}: ${problem}`)
    }
  }

  const emil = await chromium.window()
  const finja = await chromium.window()
  await signIn(emil, 'emil@lindenhof.example')
  await signIn(finja, 'finja@lindenhof.example')
  await emil.goto('/cases/new')
  await emil.check('[name=category][value=foreign_account]')
  await emil.fill('[name=reason]', requestAbout(school).reason)
  await emil.fill('[name=source]', 'Frau Albers selbst')
  await emil.fill('[name=name]', 'Ada Albers')
  await emil.click('.with-search button')
  await emil.check('[name=subject]')
  for (const field of ['from', 'to']) await emil.fill(`[name=${field}]`, '2026-11-23')
  await emil.check('[name=areas][value=letters]')
  await emil.click('main button[name=act][value=check]')
  await looked(emil, 'request')
  await emil.click('form[action="/cases"] button.main')
  await emil.waitForURL(/\/cases\/\d+/)
  const one = { id: Number(/\/cases\/(\d+)/.exec(emil.url())?.[1]) }
  await finja.goto(`/cases/${one.id}`)
  await finja.fill('[name=passphrase]', passphraseOf('finja'))
  await finja.click('form[action$="/reading"] button.main')
  await finja.check('[name=decision][value=approve]')
  for (const tick of ['necessary', 'milder', 'unbiased']) await finja.check(`[name=ticks][value=${tick}]`)
  await finja.fill('[name=words]', 'Der Anlass ist nachvollziehbar, der Zeitraum ist kurz genug.')
  await looked(finja, 'review')
  await finja.click('form[action$="/review"] button.main')
  await finja.waitForLoadState()

  await emil.goto(`/cases/${one.id}`)
  await emil.click(`a[href="/cases/${one.id}/opening"]`)
  await looked(emil, 'opening-come')
  await emil.click('main form button')
  await looked(emil, 'opening-alone')
  await finja.goto(`/cases/${one.id}/opening`)
  await finja.click('main form button')
  await finja.fill('[name=passphrase]', 'falsch falsch falsch')
  await finja.click('form[action$="/part"] button.main')
  t.match(await finja.textContent('main'), 'Das Prüf-Kennwort stimmt nicht')
  await looked(finja, 'opening-wrong')
  await finja.fill('[name=passphrase]', passphraseOf('finja'))
  await finja.click('form[action$="/part"] button.main')
  await finja.waitForSelector('text=Ihr Teil ist offen')
  await looked(finja, 'opening-waiting')

  await emil.waitForSelector('text=Es fehlt nur noch Ihr Teil', { state: 'visible' })
  await emil.fill('[name=passphrase]', passphraseOf('emil'))
  await looked(emil, 'opening-last')
  const third = await chromium.window()
  await signIn(third, 'gero@lindenhof.example')
  const refused = await third.goto(`/cases/${one.id}/opening`)
  t.equal(refused?.status(), 403)
  await third.context().close()
  await emil.click('form[action$="/part"] button.main')
  await emil.waitForURL(/\/report$/)
  await finja.waitForURL(/\/report$/)
  await looked(emil, 'report-closed')
  await emil.fill('[name=passphrase]', passphraseOf('emil'))
  await emil.click('form[action$="/report"] button.main')
  await emil.waitForSelector('text=Das Protokoll ist in dieser Zeit vollständig')
  await looked(emil, 'report')
  await emil.emulateMedia({ media: 'print' })
  t.notOk(await emil.isVisible('.records'), 'the page itself does not print')
  await emil.emulateMedia({ media: 'screen' })

  await emil.click('text=Drucken vorschlagen')
  await finja.goto(`/cases/${one.id}/report`)
  await finja.click('text=Drucken erlauben')
  await emil.goto(`/cases/${one.id}/report/sheet`)
  await looked(emil, 'sheet')
  await emil.emulateMedia({ media: 'print' })
  const pdf = await emil.pdf({
    format: 'A4',
    preferCSSPageSize: true,
    ...(pictures && { path: `${pictures}/sheet.pdf` }),
  })
  t.match(pdf.toString('latin1'), '/Page')
  await emil.emulateMedia({ media: 'screen' })

  await emil.goto(`/cases/${one.id}/closing`)
  await looked(emil, 'closing')
  await emil.check('[name=result][value=confirmed]')
  await emil.fill('[name=words]', words)
  await emil.check('[name=when][value=now]')
  t.notOk(await emil.isVisible('[name=until]'))
  await emil.click('main form button.main')
  await emil.waitForSelector('[data-problems]')
  await looked(emil, 'closing-refused')
  await emil.fill('[name=passphrase]', passphraseOf('emil'))
  await emil.click('main form button.main')
  await emil.waitForURL(/notices/)

  const person = await chromium.window()
  await signIn(person, 'ada@eltern.example')
  const { id } = await school.house.database.reader('case_notices').first('id')
  await person.goto(`/openings/${id}`)
  t.match(await person.textContent('main'), 'Der Verdacht hat sich bestätigt')
  await looked(person, 'notice')
  await person.fill('[name=text]', 'Ich war an diesen Abenden bei der Arbeit.')
  await person.click('main form button.main')
  await person.waitForURL(/ok=replied/)
  await person.emulateMedia({ media: 'print' })
  if (pictures) await person.pdf({ format: 'A4', path: `${pictures}/notice.pdf` })
  await emil.reload()
  t.match(await emil.textContent('main'), 'Ich war an diesen Abenden bei der Arbeit.')
  await looked(emil, 'notices')
})

t.test('without scripts the page asks anew by itself, and the passphrase has a tab of its own', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  const chromium = await openChromium(t, school)
  const page = await chromium.window({ javaScriptEnabled: false })
  await signIn(page, 'emil@lindenhof.example')
  await page.goto(`/cases/${one.id}/opening`)
  await page.click('main form button')
  t.match(await page.content(), /http-equiv="refresh" content="15"/)
  t.notOk(await page.isVisible('[name=passphrase]'))
  const [tab] = await Promise.all([page.context().waitForEvent('page'), page.click('text=in einem neuen Tab')])
  await tab.waitForLoadState()
  t.notMatch(await tab.content(), 'http-equiv="refresh"')
  await tab.fill('[name=passphrase]', passphraseOf('emil'))
  await tab.click('form[action$="/part"] button.main')
  await tab.waitForSelector('text=Ihr Teil ist offen')
})
