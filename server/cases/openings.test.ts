import t from 'tap'
import { proveConsistency } from '../audit/consistency.ts'
import { isConsistent } from '../audit/formats/merkle.ts'
import { cast } from '../demo/cast.ts'
import { closedCase, executedCase } from '../test/ledger-cases.ts'
import { startSchool } from '../test/school.ts'

/** What a page says, without the frame around it, which names its viewer and the office. */
const pageOf = (body: string): string => body.slice(body.indexOf('<main'), body.indexOf('</main>'))

t.test('L23: who opened the log is told to everybody, in numbers, without a name or an id', async t => {
  const school = await startSchool(t)
  const { house, ids } = school
  const ada = await school.seated('ada')
  const first = await ada.get('/openings')
  t.match(first.body, '2025 und 2026 wurde das Protokoll nicht geöffnet')
  await executedCase(house)
  t.match((await ada.get('/openings')).body, 'wurde das Protokoll nicht geöffnet', 'what is still open does not count')
  const closed = await closedCase(house)
  await closedCase(house, 'unclear')
  for (const key of ['ada', 'carl', 'dora', 'ole', 'yusuf']) {
    const { status, body } = await (await school.seated(key)).get('/openings')
    t.equal(status, 200)
    const main = pageOf(body)
    t.match(main, '2026: 2 Öffnungen')
    t.match(main, 'Beleidigung oder Drohung')
    for (const person of cast) t.notMatch(main, person.family_name, `${key} does not read ${person.family_name}`)
    for (const id of [closed.no, closed.request, ...Object.values(ids.accounts)]) t.notMatch(main, id)
    t.match(main, 'Kein abgeschlossener Vorgang betraf Sie')
  }
  school.clock.now = Date.parse('2027-02-01T08:00:00Z')
  const later = (await (await school.seated('bea')).get('/openings')).body
  t.match(later, '2027: keine Öffnung')
  t.match(later, '2026: 2 Öffnungen')
  school.clock.now = Date.parse('2028-02-01T08:00:00Z')
  t.match(
    (await (await school.seated('bea')).get('/openings')).body,
    '2027 und 2028 wurde das Protokoll nicht geöffnet',
  )
})

t.test('the observer sees that look-ups happen, and never whom they are about', async t => {
  const school = await startSchool(t)
  const { house, ids } = school
  const { no } = await executedCase(house)
  const ole = await school.seated('ole')
  const { status, body } = await ole.get('/observer')
  t.equal(status, 200)
  for (const part of [no, 'Geöffnet, Bericht wird gelesen', '3 Prüfende sind bestellt', 'gehalten bis', 'Notiz prüfen'])
    t.match(body, part)
  for (const key of ['ada', 'bea', 'carl']) t.notMatch(body, ids.accounts[key])
  for (const key of ['emil', 'dora', 'hanna', 'ada'])
    t.equal((await (await school.seated(key)).get('/observer')).status, 403)
})

t.test('a browser that kept a note is shown by RFC 6962 that the ledger only grew', async t => {
  const school = await startSchool(t)
  const { audit } = school.house
  const kept: { size: number; root: Buffer }[] = []
  for (let line = 0; line < 12; line += 1) {
    kept.push({ size: audit.standing.size, root: Buffer.from(audit.standing.root, 'base64') })
    await audit.note('verify_ok', { records: line })
  }
  const emil = await school.seated('emil')
  const ask = async (from: number | string) => {
    const { body, status, headers } = await emil.get(`/audit/consistency?from=${from}`)
    return { status, type: headers['content-type'], answer: JSON.parse(status === 200 ? body : 'null') }
  }
  for (const { size, root } of kept) {
    const { answer, type } = await ask(size)
    t.match(type, 'application/json')
    const [, now, base64] = answer.note.split('\n')
    const proof = answer.proof.map((hash: string) => Buffer.from(hash, 'hex'))
    t.ok(isConsistent(size, root, Number(now), Buffer.from(base64, 'base64'), proof), `from ${size}`)
  }
  t.equal((await ask(999_999)).answer.proof, null, 'nothing follows from a ledger that was longer')
  const { answer: later } = await ask('1&at=2026-11-20T22:30:00.000Z')
  t.match(later.when, /20\.11\.2026.*23:30/, 'the earlier visit in the time of the school')
  t.equal(later.now, new Date(school.clock.now).toISOString())
  for (const at of ['', 'gestern', '2026-11-99T', '9999999-01-01T00:00Z'])
    t.equal((await ask(`1&at=${at}`)).answer.when, '')
  for (const from of ['', '-1', '1.5', 'x']) t.equal((await ask(from)).status, 404)
  t.same((await proveConsistency(audit, 0)).proof, [])
})
