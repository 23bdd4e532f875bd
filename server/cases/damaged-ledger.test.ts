import { join } from 'node:path'
import t from 'tap'
import { openTogether, sealedCase } from '../test/opened-case.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'

t.test('a line of the ledger that is no JSON any more breaks no page', async t => {
  const school = await startSchool(t)
  const one = await sealedCase(school)
  await openTogether(school, one)
  const file = await connect(t, join(school.house.config.data, 'audit.db'))
  for (const what of ['TRIGGER audit_ledger_stays', 'INDEX audit_ledger_case']) await file.all(`DROP ${what}`)
  await file.all("UPDATE audit_ledger SET body = 'nonsense' WHERE body ->> 'k' = 'config_changed'")
  for (const [key, ...pages] of [
    ['emil', '/audit', '/cases', `/cases/${one.id}`, `/cases/${one.id}/report`, '/auditors', '/locks', '/openings'],
    ['ole', '/observer', '/auditors', '/openings', '/audit'],
  ] as const) {
    const browser = await school.seated(key)
    for (const page of pages) t.equal((await browser.get(page)).status, 200, `${key} ${page}`)
  }
  t.match((await (await school.seated('emil')).get('/audit')).body, /Diese Zeile hat das Protokoll nicht geschrieben/)
})
