import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readTrail, verifyFolder } from '../test/audit.ts'
import { draftIn } from '../test/letters.ts'
import { Served } from '../test/served.ts'
import { connect } from '../test/sqlite.ts'
import type { RecordBody } from './entry.ts'

/*
 * The disk is full where the kernel refuses to let a file grow (RLIMIT_FSIZE): that works for everybody in any
 * container, and can be lifted while the portal runs. A log that another program has locked: unavailable.test.ts.
 */

const sentence =
  '\nDer Datenordner lässt sich nicht beschreiben: Der Datenträger ist voll, schreibgeschützt oder defekt.\n'
const sizeOf = (data: string, name: string) => statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0

t.test('L18: on a full disk nothing is done that is not on record', async t => {
  const served = await Served.prepare(t)
  const { ids, data } = served
  t.equal(await served.start(), null)
  const [ada, carl, visitor] = [await served.as('ada'), await served.as('carl'), served.visitor()]
  await visitor.get('/sign-in')
  await carl.get('/letters/new')
  const written: string[] = []
  const refused: string[] = []
  let drafts = 0
  const draft = async (text = '') => {
    drafts += 1
    const title = `Brief ${drafts}`
    const respond_by = new Date(Date.now() + 9e8).toISOString().slice(0, 10)
    const answer = await carl.post(
      '/letters',
      draftIn(ids.groups['5a'], { title, respond_by, text: `Guten Tag${text}` }),
    )
    if (answer.status === 303) written.push(title)
    else refused.push(title)
    return answer.status
  }
  /** Titles of the letters that there are, as another process sees them. */
  const letters = async () => {
    const file = await connect(t, join(data, 'pforte.db'))
    const rows = await file.all('SELECT id, title FROM letters ORDER BY rowid')
    await file.close()
    return rows.map(({ id, title }) => ({ id: String(id), title: String(title) }))
  }
  const titles = async () => (await letters()).map(({ title }) => title)

  t.test('L18: pages and changes are refused; what needs no record still answers, and nobody waits', async t => {
    t.equal(await draft(), 303)
    await served.limitFiles(0)
    const started = performance.now()
    for (const path of ['/', '/letters', '/account', '/letters/0000000000000000']) {
      const answer = await ada.get(path)
      t.equal(answer.status, 503, path)
      t.match(answer.headers, { 'retry-after': /^\d+$/ })
      t.notMatch(answer.body, /Anna/)
    }
    t.equal(await draft(), 503)
    const typed = { login: 'bea@eltern.example', password: 'Lindenblatt im Herbstwind' }
    t.equal((await visitor.post('/sign-in', typed)).status, 503)
    for (const path of ['/sign-in', '/help', '/terms', '/privacy', '/recording', '/register', '/static/app.css'])
      t.equal((await visitor.get(path)).status, 200, path)
    t.match(
      await visitor.get('/health'),
      { status: 503, body: /"recording":false/ },
      'and whoever watches over it is told',
    )
    t.ok(performance.now() - started < 10_000, `${Math.round(performance.now() - started)} ms`)
    t.same(await titles(), written, 'nothing was changed')
  })

  t.test('L18: wherever in a write the space ends, what was answered is what happened', async t => {
    let ends = 0
    for (const name of ['audit.db-wal', 'pforte.db-wal']) {
      await served.limitFiles('unlimited')
      // The file that is to fill up first is made the longer one.
      for (let tries = 0; tries < 100 && isShorter(name); tries += 1)
        if (name === 'audit.db-wal') await ada.get('/')
        else await draft('ä'.repeat(15_000))
      t.notOk(isShorter(name), `${name} is the longer one`)
      for (let tries = 0; tries < 30; tries += 1) {
        const size = sizeOf(data, name) + ((tries * 3217) % 32_768)
        await served.limitFiles(size)
        const status = await draft()
        t.ok(status === 303 || status === 503, `${name} may grow to ${size}: ${status}`)
        ends += status === 503 ? 1 : 0
      }
      t.same(await titles(), written, 'a letter is there if, and only if, its author was told so')
    }
    t.ok(ends >= 20 && ends <= 55, `${ends} of 60 were refused`)
  })
  /** Where a change fails after its record, only the log grows, by two records each time. */
  function isShorter(name: string): boolean {
    const [log, own] = [sizeOf(data, 'audit.db-wal'), sizeOf(data, 'pforte.db-wal')]
    return name === 'audit.db-wal' ? log < own + 30_000 : own < log + 1_000_000
  }

  t.test('L18: many at once on a disk that fills up and is freed again', async t => {
    for (let round = 0; round < 4; round += 1) {
      await served.limitFiles(Math.max(sizeOf(data, 'audit.db-wal'), sizeOf(data, 'pforte.db-wal')) + 3000 * round)
      const answers = [...Array(12).keys()].map(number =>
        number % 3 === 0 ? draft() : ada.get('/').then(one => one.status),
      )
      await new Promise(resolve => setTimeout(resolve, 15 * round))
      await served.limitFiles('unlimited')
      for (const status of await Promise.all(answers)) if (![200, 303, 503].includes(status)) t.fail(`${status}`)
    }
    t.same(new Set(await titles()), new Set(written))
  })

  t.test('L18: with space again everything works without a restart, and the log is whole', async t => {
    t.equal((await ada.get('/')).status, 200)
    t.equal((await visitor.get('/health')).status, 200)
    t.equal(await draft(), 303)
    t.match(await verifyFolder(data), { status: 0 }, 'while it runs')
    t.notMatch(served.said, /Guten Tag|Brief \d|eltern\.example|Albers/)
  })

  t.test('L18: on a full disk it does not start, and afterwards it does', async t => {
    await served.limitFiles(sizeOf(data, 'audit.db-wal') + 1000)
    await draft()
    await served.stop('SIGKILL')
    const status = await served.start(0)
    t.equal(status, 2)
    t.ok(served.said.endsWith(sentence), 'and it says why, in a sentence')
    t.equal(await served.start(), null)
    t.equal((await carl.get('/letters')).status, 200)
    t.same(new Set(await titles()), new Set(written), 'what was acknowledged has outlived the end of the process')
  })

  t.test('L18: a log that cannot be written to does not start either', async t => {
    await served.stop()
    // SQLite's own mark: who does not know this version of the format may read the file only (file format, 1.3.3).
    const mark = async (version: number) => {
      const file = await open(join(data, 'audit.db'), 'r+')
      await file.write(Buffer.of(version), 0, 1, 18)
      await file.close()
    }
    await mark(3)
    const status = await served.start()
    t.equal(status, 2)
    t.ok(served.said.endsWith(sentence), 'and it says why, in a sentence')
    await mark(2)
    t.equal(await served.start(), null)
    await served.stop()
  })

  t.test('L18: every letter that there is has the record of its making; a try that failed says so', async t => {
    t.match(await verifyFolder(data), { status: 0 })
    const records = await readTrail(data, ids.auditors)
    const about = (letter: string, one: RecordBody) => one.o.some(([kind, id]) => kind === 'letter' && id === letter)
    const made = records.filter(one => one.k === 'letter.draft' && one.r === 'try')
    const rows = await letters()
    t.equal(rows.length, new Set(written).size)
    t.same(
      rows.filter(({ id }) => !made.some(one => about(id, one))),
      [],
    )
    const undone = made.filter(one => !rows.some(({ id }) => about(id, one)))
    const errors = records.filter(one => one.k === 'letter.draft' && one.r === 'error')
    t.ok(undone.length >= 10, `${undone.length} times the record stood before its effect failed`)
    t.ok(
      errors.length <= refused.length && refused.length > 20,
      `${refused.length} refused, ${errors.length} on record`,
    )
  })
})
