import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import type { House } from '../../house.ts'
import { folderFor } from '../folder.ts'
import { reopen } from '../reopened.ts'
import { startSchool } from '../school.ts'
import { accessibilityProblems, openChromium, overflow, signIn } from './chromium.ts'

const log = ['audit.db', 'audit.db-wal', 'audit.db-shm', 'anchor']

/** Puts a copy of the log in the place of another; what was there is gone. */
function copyLog(from: string, to: string, which: readonly string[] = log): void {
  for (const name of which) {
    rmSync(join(to, name), { recursive: true, force: true })
    cpSync(join(from, name), join(to, name), { recursive: true, force: true })
  }
}

async function grow(house: House, lines: number): Promise<void> {
  for (let line = 0; line < lines; line += 1) await house.audit.note('verify_ok', { records: line })
}

/** Nothing of a page is still on its way when the portal goes away beneath it. */
const leave = (page: Page) => page.goto('about:blank')

const said = async (page: Page): Promise<string> => {
  await page.locator('[data-witness]').waitFor()
  return (await page.textContent('[data-says]')) ?? ''
}

t.test('the browser of an auditor notices that the ledger was put back to an older state', async t => {
  const whole = t
  const school = await startSchool(t)
  const old = folderFor(t)
  const data = school.house.config.data
  const chromium = await openChromium(t, school)
  const page = await chromium.window()
  await signIn(page, 'emil@lindenhof.example')
  await leave(page)
  let last = await reopen(t, school, school.portal, { happens: () => cpSync(data, old, { recursive: true }) })

  await page.goto('/audit')
  t.match(await said(page), 'merkt sich jetzt den Stand')
  await page.goto('/audit')
  t.match(await said(page), 'kamen nur Zeilen hinzu', 'nothing has been added')
  for (const lines of [1, 2, 3, 8, 21]) {
    await grow(last.house, lines)
    await page.goto('/audit')
    t.match(await said(page), 'kamen nur Zeilen hinzu', `${lines} more`)
  }
  const kept = last.house.audit.standing.note

  await t.test('shorter than before', async t => {
    await leave(page)
    last = await reopen(whole, school, last.portal, { happens: () => copyLog(old, data, ['audit.db', 'anchor']) })
    await page.goto('/audit')
    t.match(await said(page), 'weniger Zeilen als bei Ihrem letzten Besuch')
    t.equal(await page.inputValue('[data-witness] textarea'), kept, 'the note that proves it is there')
    t.equal(await overflow(page), 0)
    for (const problem of await accessibilityProblems(page)) t.fail(problem)
  })
  await t.test('as long as before, but other', async t => {
    await grow(last.house, 60)
    for (const visit of ['/audit', '/cases']) {
      await page.goto(visit)
      t.match(await said(page), 'fehlen oder sind andere', 'and it goes on saying so')
    }
    await page.click('[data-witness] button:not([type=button])')
    t.match(await page.textContent('main'), 'ist heute anders als damals')
  })
  await t.test('until somebody has settled it', async t => {
    await page.goto('/audit')
    await said(page)
    await page.click('[data-anew]')
    await page.goto('/audit')
    t.match(await said(page), 'kamen nur Zeilen hinzu')
  })
  await t.test('put back in a way that the portal itself notices', async t => {
    await leave(page)
    last = await reopen(whole, school, last.portal, { happens: () => copyLog(old, data, ['audit.db']) })
    await page.goto('/audit')
    t.match(await said(page), 'ein älterer Stand des Protokolls eingespielt')
  })
})

t.test('other browsers are no witnesses, and one that holds nonsense begins anew', async t => {
  const school = await startSchool(t)
  const chromium = await openChromium(t, school)
  const page = await chromium.window()
  await signIn(page, 'dora@lindenhof.example')
  await page.goto('/audit')
  t.equal(await page.locator('[data-witness]').count(), 0)
  const ole = await chromium.window()
  await signIn(ole, 'ole@lindenhof.example')
  await ole.evaluate("localStorage.setItem('pforte-witness', '{nonsense')")
  await ole.goto('/observer')
  t.match(await said(ole), 'merkt sich jetzt den Stand')
  await ole.goto('/observer')
  t.match(await said(ole), 'kamen nur Zeilen hinzu')
  t.equal(await overflow(ole), 0)
  for (const problem of await accessibilityProblems(ole)) t.fail(problem)
})
