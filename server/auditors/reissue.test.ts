import t from 'tap'
import { openPeriodKey } from '../audit/opening/period-key.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { auditorPassphrases } from '../demo/auditors.ts'
import { listActiveAuditors, openAuditorKey } from '../people/auditors.ts'
import { makeAuditor } from '../test/auditors.ts'
import type { Browser } from '../test/browser.ts'
import { type School, startSchool } from '../test/school.ts'
import { findReissue, sharesMissing } from './reissue.ts'

const words = (key: string): string => auditorPassphrases[key] ?? ''
const come = (browser: Browser) => browser.post('/auditors/reissue')
const part = (browser: Browser, passphrase: string) => browser.post('/auditors/reissue/part', { passphrase })

async function holderOf(school: School, person: string, passphrase: string) {
  const row = (await listActiveAuditors(school.house)).find(one => one.person === person)
  const opened = row && (await openAuditorKey(school.house, row, passphrase))
  if (opened?.kind !== 'open') throw new Error(`${person} cannot open their key`)
  return opened.holder
}

t.test('two auditors hand out new shares, and who came later can help with earlier months from then on', async t => {
  const school = await startSchool(t)
  const { reading } = school.house.audit
  const { passphrase } = await makeAuditor(school, 'hanna', ['emil', 'finja'])
  const before = await sharesMissing(school.house)
  t.ok(before.missing > 0 && before.missing === before.months, 'Hanna has no share of any month yet')
  const instance = await instanceOf(reading)
  const [period] = await reading.all<{ id: number }>('SELECT id FROM audit_period WHERE n > 0 ORDER BY id LIMIT 1')
  const id = period?.id ?? 0
  const open = async (a: readonly [string, string], b: readonly [string, string]) =>
    openPeriodKey(reading, instance, id, await holderOf(school, ...a), await holderOf(school, ...b))
  await t.rejects(open(['Hanna Hartmann', passphrase], ['Gero Graf', words('gero')]))

  // The one who is asked second begins here: the order does not matter.
  const [finja, emil] = [await school.seated('finja'), await school.seated('emil')]
  t.match((await finja.get('/auditors/reissue')).body, 'noch keinen Teil')
  for (const browser of [finja, emil]) t.equal((await come(browser)).status, 303)
  const gero = await school.seated('gero')
  t.match((await come(gero)).body, 'Zwei andere Personen sind schon dabei', 'a third is refused')
  t.match((await part(finja, 'nicht ihr Kennwort')).body, 'stimmt nicht')
  t.equal((await part(finja, words('finja'))).status, 303)
  t.same(await sharesMissing(school.house), before, 'one alone changes nothing')
  t.equal((await part(emil, words('emil'))).status, 303)
  await findReissue(school.house)?.settled
  t.match((await emil.get('/auditors/reissue')).body, /neu verteilt/)
  t.same(await sharesMissing(school.house), { months: before.months, missing: 0 })
  t.ok(await open(['Hanna Hartmann', passphrase], ['Gero Graf', words('gero')]))
  t.ok(await open(['Gero Graf', words('gero')], ['Emil Ernst', words('emil')]))
  const lines = await reading.all("SELECT 1 FROM audit_ledger WHERE body ->> 'k' = 'shares_reissued'")
  t.equal(lines.length, before.months)
})

t.test('where it stops half-way the page says which months are done, and trying again is safe', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  school.clock.now = Date.parse('2026-11-24T01:00:00Z')
  await audit.tick()
  const { passphrase } = await makeAuditor(school, 'hanna', ['emil', 'finja'])
  const before = await sharesMissing(school.house)
  t.ok(before.missing >= 2, 'there is more than one month')
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  const together = async () => {
    for (const browser of [emil, finja]) t.equal((await come(browser)).status, 303)
    await part(emil, words('emil'))
    await part(finja, words('finja'))
    await findReissue(school.house)?.settled
    return (await emil.get('/auditors/reissue')).body
  }
  const { appoint } = audit
  let steps = 0
  Object.assign(audit, {
    appoint: async (step: Parameters<typeof appoint>[0]) => {
      steps += 1
      if (steps === 2) throw new Error('the disk is full')
      return appoint(step)
    },
  })
  const half = await together()
  t.match(half, 'Das Verteilen ist nicht ganz fertig geworden')
  t.match(half, /Neu verteilt: \p{L}+ 2026/u)
  t.match(half, /noch die alten Teile: .*Dezember 2026/)
  t.match(half, 'gefahrlos noch einmal')
  t.equal((await sharesMissing(school.house)).missing, before.missing - 1)
  const instance = await instanceOf(audit.reading)
  const openAll = async (a: readonly [string, string], b: readonly [string, string]) => {
    for (const { id } of await audit.reading.all<{ id: number }>('SELECT id FROM audit_period WHERE n > 0'))
      await openPeriodKey(audit.reading, instance, id, await holderOf(school, ...a), await holderOf(school, ...b))
  }
  await openAll(['Emil Ernst', words('emil')], ['Gero Graf', words('gero')])
  t.pass('every month can still be opened')
  Object.assign(audit, { appoint })
  const whole = await together()
  t.match(whole, /sind neu verteilt/)
  t.match(whole, /\p{L}+ 2026 und Dezember 2026\./u)
  t.equal((await sharesMissing(school.house)).missing, 0)
  await openAll(['Hanna Hartmann', passphrase], ['Gero Graf', words('gero')])
})

t.test('one browser, one session or a recovery code are not two people', async t => {
  const school = await startSchool(t)
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  t.equal((await come(emil)).status, 303)
  const device = [...emil.cookies].find(([name]) => name.includes('device'))
  if (!device) throw new Error('The browser has no name')
  finja.cookies.set(...device)
  const same = await come(finja)
  t.equal(same.status, 422)
  t.match(same.body, 'an demselben Gerät')
  t.equal((await come(emil)).status, 303, 'the same person again is still one')
  await part(emil, words('emil'))
  t.equal((await part(emil, words('emil'))).status, 303)
  t.equal(findReissue(school.house)?.state, 'waiting', 'their part counts once')
})

t.test('either can stop it; after a dismissal it ends by itself', async t => {
  const school = await startSchool(t)
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  for (const browser of [emil, finja]) await come(browser)
  await part(emil, words('emil'))
  t.equal((await finja.post('/auditors/reissue/stop')).status, 303)
  t.equal(findReissue(school.house)?.state, 'ended')
  t.match((await emil.get('/auditors/reissue')).body, 'Jemand hat abgebrochen')
  for (const browser of [emil, finja]) t.equal((await come(browser)).status, 303)
  await part(emil, words('emil'))
  const row = (await listActiveAuditors(school.house)).find(one => one.person === 'Emil Ernst')
  await (await school.seated('dora')).post(`/auditors/${row?.id}/suspension`, { confirm: 'yes' })
  t.equal(findReissue(school.house)?.state, 'ended')
})
