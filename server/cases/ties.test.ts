import t from 'tap'
import { findCase } from '../audit/cases.ts'
import { openPaper } from '../audit/opening/papers.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { findAuditor, openAuditorKey } from '../people/auditors.ts'
import type { Change } from '../storage/change.ts'
import { systemChange } from '../storage/change.ts'
import { publishedLetter } from '../test/letters.ts'
import { passphraseOf } from '../test/opened-case.ts'
import { approve, askFor, openReading, requestFields } from '../test/requested-case.ts'
import { type School, startSchool } from '../test/school.ts'

const arrange = ({ house }: Pick<School, 'house'>, work: (change: Pick<Change, 'write'>) => Promise<unknown>) =>
  systemChange(house.database, house.clock, 'demo', async change => void (await work(change)))

/** The request as somebody opens it who has the file and their own passphrase. */
async function readWithTheFile(school: School, key: string, id: number) {
  const { house, ids } = school
  const auditor = await findAuditor(house, { id: ids.accounts[key] ?? '' })
  if (!auditor) throw new Error(`${key} is no auditor`)
  const opened = await openAuditorKey(house, auditor, passphraseOf(key))
  if (opened.kind !== 'open') throw new Error('The passphrase is wrong')
  const { reading } = house.audit
  return openPaper(reading, await instanceOf(reading), id, 'request', opened.holder)
}

t.test(
  'an auditor whom a request is about learns nothing from it, with the file and their passphrase, either',
  async t => {
    const school = await startSchool(t)
    const [emil, gero] = [await school.seated('emil'), await school.seated('gero')]
    const one = await askFor(school, emil, { subject: school.ids.accounts.gero ?? '' })
    const read = await openReading(gero, one.id, 'gero')
    t.equal(read.status, 422)
    t.match(read.body, 'Dieser Vorgang steht Ihnen nicht offen')
    t.notMatch(read.body, /Es geht um Sie selbst|Zimtschnecke/)
    await t.rejects(readWithTheFile(school, 'gero', one.id), /cannot be read/)
    t.match(await readWithTheFile(school, 'finja', one.id), { reason: /Zimtschnecke/ })
    t.equal((await approve(await school.seated('finja'), one.id, 'finja')).status, 303)
    const copies = await school.house.audit.reading.all<{ auditor: number; enc: number; size: number; kind: string }>(
      'SELECT auditor_id AS auditor, kind, length(enc) AS enc, length(sealed) AS size FROM audit_paper WHERE case_id = ?',
      one.id,
    )
    t.equal(copies.length, 6, 'everybody has a copy of both papers')
    for (const kind of ['request', 'review'])
      t.equal(new Set(copies.filter(copy => copy.kind === kind).map(({ enc, size }) => `${enc} ${size}`)).size, 1)
  },
)

t.test('so does an auditor who is tied to whom it is about, and never the same sentence by another way', async t => {
  const school = await startSchool(t, (house, ids) =>
    arrange({ house }, async change => {
      const { gero = '', bea = '' } = ids.accounts
      const [own] = await change.write('guardians').where({ account_id: bea })
      await change.write('guardians').insert({
        ...{ id: 'gero-1', given_name: 'Gero', family_name: 'Graf', email: null, phone: null },
        ...{ address: own?.address ?? '', account_id: gero },
      })
    }),
  )
  const one = await askFor(school, await school.seated('emil'))
  await t.rejects(readWithTheFile(school, 'gero', one.id), /cannot be read/)
  const gero = await school.seated('gero')
  const closed = await openReading(gero, one.id, 'gero')
  t.match(closed.body, 'Dieser Vorgang steht Ihnen nicht offen')
  await arrange(school, change =>
    change.write('guardians').where({ id: 'gero-1' }).update({ address: 'Anderswo 1, 99999 Fernau' }),
  )
  const still = await openReading(gero, one.id, 'gero')
  t.match(
    still.body,
    'Dieser Vorgang steht Ihnen nicht offen',
    'a copy that opens for nobody is refused in the same words',
  )
  t.notMatch(still.body, 'Zimtschnecke')
})

t.test('an account or a guardian of the same name counts as the same person', async t => {
  const school = await startSchool(t, (house, ids) =>
    arrange({ house }, async change => {
      const { ada = '' } = ids.accounts
      await change.write('accounts').where({ id: ada }).update({ given_name: 'EMIL', family_name: 'Ernst' })
      await change.write('guardians').insert({
        ...{ id: 'emil-2', given_name: 'Emil ', family_name: 'Ernst', email: null, phone: null, address: null },
        account_id: null,
      })
      await change.write('guardianships').insert({
        ...{ id: 'emil-ben', guardian_id: 'emil-2', pupil_id: ids.pupils.ben ?? '', custody: 'yes' },
        ...{ may_read: 1, may_act: 1, from_on: '2020-01-01', until_on: null, address_block: 0 },
      })
    }),
  )
  const emil = await school.seated('emil')
  const ask = (subject = '') => emil.post('/cases', requestFields(school, { subject }))
  t.match((await ask(school.ids.accounts.ada)).body, 'Diese Person heißt wie Sie')
  t.match((await ask(school.ids.pupils.anna)).body, 'über ein Kind verbunden', 'nor their children')
  t.match((await ask(school.ids.pupils.ben)).body, 'über ein Kind verbunden', 'nor those of a guardian on paper')
  t.equal(await school.house.audit.nextCase(), 1)
  const about = await askFor(school, await school.seated('finja'), { subject: school.ids.accounts.ada ?? '' })
  t.match((await openReading(emil, about.id, 'emil')).body, 'steht Ihnen nicht offen')
  t.match(await findCase(school.house.audit, about.id), { state: 'requested' })
})

t.test(
  'whoever has opened or answered a letter, or is tied to somebody who has, has no part in a case about it',
  async t => {
    const school = await startSchool(t)
    const { ids } = school
    const letter = await publishedLetter(school)
    const emil = await school.seated('emil')
    const fields = requestFields(school, { subject: [], letter: letter.number ?? '', areas: ['letters'] })
    const check = () => emil.post('/cases/new', { ...fields, act: 'check' })
    t.equal((await check()).status, 200, 'somebody who has nothing to do with it may ask')
    const receipt = { letter_id: letter.id as string, read_on: '2026-11-20' }
    const { bea = '', emil: own = '' } = ids.accounts
    await arrange(school, change =>
      change.write('receipts').insert({ ...receipt, pupil_id: ids.pupils.ben ?? '', account_id: bea }),
    )
    t.equal((await check()).status, 200)
    await arrange(school, async change => {
      const [home] = await change.write('guardians').where({ account_id: bea })
      await change.write('guardians').insert({
        ...{ id: 'emil-1', given_name: 'Emil', family_name: 'Ernst', email: null, phone: null },
        ...{ address: home?.address ?? '', account_id: own },
      })
    })
    t.match((await check()).body, 'dieselbe Anschrift', 'he lives with somebody who has opened it')
    await arrange(school, async change => {
      await change.write('guardians').where({ id: 'emil-1' }).delete()
      await change.write('receipts').where({ account_id: bea }).delete()
      await change.write('receipts').insert({ ...receipt, pupil_id: ids.pupils.ben ?? '', account_id: own })
    })
    t.match((await check()).body, 'Sie haben diesen Elternbrief geöffnet oder beantwortet')
    const one = await askFor(school, await school.seated('finja'), {
      subject: [],
      letter: letter.number ?? '',
      areas: ['letters'],
    })
    await t.rejects(readWithTheFile(school, 'emil', one.id), /cannot be read/)
    t.match(await readWithTheFile(school, 'gero', one.id), { object: { kind: 'letter' } })
  },
)

t.test('to open a request and to end a case take a second factor that was proved just now', async t => {
  const school = await startSchool(t)
  const [emil, finja] = [await school.seated('emil'), await school.seated('finja')]
  const one = await askFor(school, emil)
  school.clock.now += 25 * 60_000
  const stale = await openReading(finja, one.id, 'finja')
  t.equal(stale.status, 422)
  t.match(stale.body, /name="proof"/)
  t.notMatch(stale.body, passphraseOf('finja'))
  t.notMatch((await finja.get(`/cases/${one.id}`)).body, 'Zimtschnecke')
  t.equal((await emil.post(`/cases/${one.id}/cancellation`)).status, 422)
  t.match(await findCase(school.house.audit, one.id), { state: 'requested' })
  const [form] = /<form[^>]*reading"[\s\S]*?<\/form>/.exec((await finja.get(`/cases/${one.id}`)).body) ?? []
  t.match(form, /name="proof"/, 'the form asks for it itself, so that nothing is typed twice')
  t.equal((await openReading(finja, one.id, 'finja', { proof: await school.code('finja') })).status, 303)
  t.match((await finja.get(`/cases/${one.id}`)).body, 'Zimtschnecke')
  const proved = await emil.post(`/cases/${one.id}/cancellation`, { proof: await school.code('emil') })
  t.equal(proved.status, 303)
  t.match(await findCase(school.house.audit, one.id), { state: 'cancelled' })
})
