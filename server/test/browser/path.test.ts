import t from 'tap'
import { seedLetters } from '../../demo/letters.ts'
import { codeInGroups } from '../../people/codes.ts'
import { startSchool } from '../school.ts'
import { openChromium, signIn } from './chromium.ts'

t.test(
  'a phone without JavaScript: register with the code, accept the terms, read, answer, change the answer, sign out',
  async t => {
    const school = await startSchool(t, seedLetters)
    const chromium = await openChromium(t, school)
    const page = await chromium.window({ javaScriptEnabled: false })

    await page.goto('/')
    t.match(page.url(), /\/sign-in$/)
    await page.fill('[name=code]', codeInGroups(school.ids.code.code).toLowerCase())
    await page.click('form[action="/register"] button')
    t.match(page.url(), /\/register\/account$/)
    t.notMatch(await page.content(), 'Mila')

    await page.fill('[name=login]', 'jelena@eltern.example')
    await page.fill('[name=password]', 'kurz')
    await page.click('form[action="/register/account"] button.main')
    t.match(await page.textContent('main'), 'mindestens 12 Zeichen', 'a short password is refused')
    t.equal(await page.inputValue('[name=login]'), 'jelena@eltern.example', 'and what was typed stays')
    await page.fill('[name=password]', 'vier Wörter im Kalender')
    await page.click('form[action="/register/account"] button.main')

    t.match(page.url(), /\/terms\/acceptance$/)
    await page.check('[name=accept]')
    await page.click('form[action="/terms/acceptance"] button.main')
    t.match(await page.textContent('main'), 'Bitte erledigen')

    await page.click('text=Wintersporttag')
    await page.check('label:has-text("Leihen")')
    await page.click('text=Antwort für Mila senden')
    t.match(await page.textContent('main'), /Beantwortet/)
    t.match(await page.textContent('.answer'), 'Leihen (3,00\u00a0€)')

    await page.click('text=Antwort ändern')
    await page.check('label:has-text("Eigene")')
    await page.click('text=Antwort für Mila senden')
    t.match(await page.textContent('.answer'), 'Eigene Schlittschuhe')

    await page.goto('/account')
    await page.click('form[action="/sign-out"] button')
    await page.goto('/letters')
    t.match(page.url(), /\/sign-in/)
  },
)

t.test(
  'a teacher writes to the guardians of a class, sees who is not reached, publishes, and sees who has not answered',
  async t => {
    const school = await startSchool(t, seedLetters)
    const chromium = await openChromium(t, school)
    const page = await chromium.window({ viewport: { width: 1280, height: 800 } })
    await signIn(page, 'paula@lindenhof.example')
    await page.click('text=Neuen Brief schreiben')
    await page.click('button[value=preview]')
    t.match(await page.textContent('main'), 'Geben Sie dem Brief einen Titel.', 'an empty letter is refused')

    await page.fill('[name=title]', 'Besuch im Museum')
    await page.fill('[name=text]', 'Liebe Eltern,\n\nwir gehen ins **Museum**.\n\n- Brotdose\n- <b>kein HTML</b>')
    await page.check(`[name=audience][value="${school.ids.groups['5b']}:guardians"]`)
    await page.check('[name=answer][value=yes_no]')
    await page.fill('[name=question]', 'Kommt Ihr Kind mit?')
    await page.fill('[name=respond_by]', '2026-11-30')
    await page.click('button[value=preview]')
    const preview = await page.textContent('main')
    t.match(preview, '4 Kinder')
    t.match(preview, 'Kovač, Mila')
    t.match(preview, '<b>kein HTML</b>', 'HTML is text')
    await page.click('form[action$="/publication"] button')
    await page.click('text=Rückmeldungen ansehen')
    t.match(await page.textContent('main'), '4 Antworten fehlen noch')

    const bea = await chromium.window()
    await signIn(bea, 'bea@eltern.example')
    await bea.click('text=Besuch im Museum')
    await bea.click('text=Antwort für Ben senden')
    t.match(await bea.textContent('main'), 'Wählen Sie Ja oder Nein.')
    await bea.check('label:has-text("Nein")')
    await bea.click('text=Antwort für Ben senden')
    t.match(await bea.textContent('main'), 'Beantwortet')

    await page.reload()
    t.match(await page.textContent('main'), '3 Antworten fehlen noch')
  },
)

t.test('both guardians see one answer, and English is complete on the way', async t => {
  const school = await startSchool(t, seedLetters)
  const chromium = await openChromium(t, school)
  const selin = await chromium.window({ locale: 'en-GB' })
  await signIn(selin, 'selin@eltern.example')
  await selin.goto('/preferences')
  await selin.check('text=English')
  await selin.click('form[action="/preferences"] button.main')
  await selin.goto('/')
  t.equal(await selin.getAttribute('html', 'lang'), 'en')
  await selin.click('text=Wintersporttag')
  await selin.check('label:has-text("Eigene") >> nth=0')
  await selin.click('button:has-text("Emir")')
  t.match(await selin.textContent('main'), 'Answered')

  const deniz = await chromium.window()
  await signIn(deniz, 'deniz@eltern.example')
  await deniz.goto('/letters')
  await deniz.click('text=Wintersporttag')
  t.match(await deniz.textContent('main'), /Selin Yılmaz/, 'the other guardian sees who answered')
})
