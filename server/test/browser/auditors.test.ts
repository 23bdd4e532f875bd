import t from 'tap'
import { systemChange } from '../../storage/change.ts'
import { startSchool } from '../school.ts'
import { accessibilityProblems, openChromium, overflow, signIn } from './chromium.ts'

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
