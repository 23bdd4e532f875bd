import t from 'tap'
import { seedLetters } from '../../demo/letters.ts'
import { startSchool } from '../school.ts'
import { accessibilityProblems, openChromium, overflow, signIn } from './chromium.ts'

const seen: Readonly<Record<string, readonly string[]>> = {
  '': [
    '/sign-in',
    '/register',
    '/help',
    '/accessibility',
    '/terms',
    '/privacy',
    '/recording',
    '/preferences',
    '/nowhere',
  ],
  'selin@eltern.example': ['/', '/letters', 'letter', '/account', '/account/children'],
  'anton@eltern.example': ['/', '/letters', '/account'],
  'paula@lindenhof.example': ['/', '/letters?written=1', '/letters/new', 'letter', 'returns'],
  'carl@lindenhof.example': ['draft'],
  'otto@lindenhof.example': ['/', '/roll', '/roll/imports/new', '/roll/custody'],
  'dora@lindenhof.example': ['/', '/school', '/groups', '/staff'],
  'emil@lindenhof.example': ['/audit', '/audit/sheet', '/recording'],
}

t.test('every page fits a phone, is readable in the dark, and axe-core finds nothing', async t => {
  const school = await startSchool(t, seedLetters)
  const find = async (title: string) =>
    (await school.house.database.reader('letters').where({ title }).first('id')) as { id: string }
  const winter = (await find('Wintersporttag: Eislaufen am 10. Dezember')).id
  const draft = (await find('Klassenfahrt an die Nordsee')).id
  const special: Record<string, string> = {
    letter: `/letters/${winter}`,
    returns: `/letters/${winter}/returns`,
    draft: `/letters/${draft}/preview`,
  }
  const chromium = await openChromium(t, school)
  for (const [login, paths] of Object.entries(seen)) {
    const page = await chromium.window()
    if (login) await signIn(page, login)
    for (const path of paths.map(one => special[one] ?? one)) {
      const who = `${path} for ${login || 'nobody'}`
      await page.setViewportSize({ width: 360, height: 740 })
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(path)
      const wide = await overflow(page)
      if (wide > 0) t.fail(`${who} is ${wide} pixels wider than a phone`)
      for (const problem of await accessibilityProblems(page)) t.fail(`${who}: ${problem}`)
      await page.emulateMedia({ colorScheme: 'dark' })
      for (const problem of await accessibilityProblems(page)) t.fail(`${who} in the dark: ${problem}`)
      await page.setViewportSize({ width: 1280, height: 800 })
      for (const problem of await accessibilityProblems(page)) t.fail(`${who} on a wide screen: ${problem}`)
    }
    await page.context().close()
  }
})

t.test('the whole way from signing in to an answer can be gone with the keyboard', async t => {
  const school = await startSchool(t, seedLetters)
  const chromium = await openChromium(t, school)
  const page = await chromium.window()
  await page.goto('/sign-in')
  await page.focus('[name=login]')
  await page.keyboard.type('bea@eltern.example')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Lindenblatt im Herbstwind')
  await page.keyboard.press('Enter')
  await page.waitForURL(url => url.pathname === '/')
  await page.focus('a.row:has-text("Wintersporttag")')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/letters\/\w+$/)
  await page.focus('input[type=radio]')
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.waitForURL(/ok=answered/)
  t.match(await page.textContent('main'), 'Beantwortet')
})

t.test('a letter prints on paper with a slip that begins at the second fold', async t => {
  const school = await startSchool(t, seedLetters)
  const chromium = await openChromium(t, school)
  const page = await chromium.window()
  await signIn(page, 'bea@eltern.example')
  await page.click('text=Wintersporttag')
  await page.click('text=Brief mit Zettel drucken')
  await page.emulateMedia({ media: 'print' })
  const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true })
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length
  t.equal(pages, 1, 'one child, one sheet')
  t.match(await page.textContent('body'), /Ben Behrens/)
})
