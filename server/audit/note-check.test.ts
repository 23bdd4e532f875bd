import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { folderFor } from '../test/folder.ts'
import { startSchool } from '../test/school.ts'
import { openForWriting } from './file.ts'
import { Frontier, leafHash } from './formats/merkle.ts'
import { checkpointText, parseCheckpoint, parseNote, publicKeyOf, signNote } from './formats/note.ts'
import { checkNotes } from './note-check.ts'

t.test('a state that somebody kept is compared with the ledger', async t => {
  const school = await startSchool(t)
  const { audit, secrets } = school.house
  const { note, origin, size } = audit.standing
  for (let hours = 0; hours < 5; hours++) {
    school.clock.now += 3_600_000
    await audit.tick()
  }
  const root = parseCheckpoint(parseNote(note)?.text ?? '')?.root ?? Buffer.alloc(32)
  const other = generateKeyPairSync('ed25519').privateKey
  const signed = (of: string, lines: number, tree: Buffer, key = secrets.checkpointKey) =>
    signNote(checkpointText(of, lines, tree), of, key)
  const found = async (text: string) => (await checkNotes(audit, text))[0]?.found ?? null

  t.equal(await found(note), 'contained')
  t.equal(await found(audit.standing.note), 'contained', 'the newest, too')
  t.match(await checkNotes(audit, note), [
    { size, present: audit.standing.size, at: Date.parse('2026-11-23T08:00:00Z') },
  ])
  t.equal(await found(signed(origin, size, Buffer.alloc(32, 7))), 'changed', 'a line is another now')
  t.equal(await found(signed(origin, audit.standing.size + 1, root)), 'short', 'lines are missing at the end')
  t.equal(await found(signed(origin, 10 ** 15, root)), 'short', 'however many it names')
  t.equal(await found(signed(origin, size, root, other)), 'unsigned', 'another key has signed')
  t.equal(await found(note.replace(`\n${size}\n`, `\n${size + 1}\n`)), 'unsigned', 'its number was changed')
  t.equal(await found(signed(`${origin}/g2`, size, root)), 'changed', 'there never was such a generation')
  t.equal(await found(signed('elsewhere.example/audit/0f0f0f0f', size, root, other)), 'foreign')
  t.equal(await found(signed(`${origin}0`, size, root)), 'foreign', 'a longer name is another name')
  for (const garbage of ['', ' ', 'Guten Tag', '— a b', origin, note.slice(0, -60), note.split('\n\n')[0] ?? '', '{}'])
    t.equal(await found(garbage), null, `not a note: ${garbage.slice(0, 20)}`)

  const lines = note.trimEnd().split('\n')
  for (const [how, text] of [
    ['with Windows line ends', note.replaceAll('\n', '\r\n')],
    ['without the empty line', lines.filter(line => line !== '').join('\n')],
    ['indented, as in a mail', lines.map(line => `   ${line} `).join('\n')],
    ['below a greeting', `Guten Tag,\n\nhier ist der Stand:\n\n${note}\nViele Grüße\n`],
    ['signed by a witness, too', `${note}— witness.example ${Buffer.alloc(68, 1).toString('base64')}\n`],
  ] as const)
    t.equal(await found(text), 'contained', how)

  const several = [note, signed(origin, size, Buffer.alloc(32, 7)), note, signed('x.example', 1, root, other)].join('')
  t.same(
    (await checkNotes(audit, `${several}${audit.standing.note}`)).map(verdict => verdict.found),
    ['contained', 'changed', 'foreign', 'contained'],
    'each of several has its own answer, and none comes twice',
  )
  const many = Array.from({ length: 30 }, (_, lines) => signed(origin, lines + 1, root)).join('')
  t.equal((await checkNotes(audit, many)).length, 20)

  t.test('on its page, in words, and without a trace of what was typed', async t => {
    const ole = await school.seated('ole')
    await ole.get('/audit')
    const yes = await ole.post('/audit/check', { note })
    t.equal(yes.status, 200)
    t.match(yes.body, /Ja, dieser Stand ist enthalten[\s\S]*Das Verzeichnis enthält alles, was es am Mo\s23\.11\.2026/)
    const no = await ole.post('/audit/check', { note: signed(origin, size, Buffer.alloc(32, 7)) })
    t.match(no.body, /Nein[\s\S]*ersten \d+ Zeilen ist heute anders[\s\S]*audit verify --witness/)
    const strange = await ole.post('/audit/check', { note: signed('<b>x</b>', size, root, other) })
    t.match(strange.body, 'gehört zu einem anderen Protokoll: &lt;b&gt;x&lt;/b&gt;')
    const typed = 'Masern bei Anna'
    const garbage = await ole.post('/audit/check', { note: typed })
    t.equal(garbage.status, 422)
    t.match(garbage.body, new RegExp(`Das ist keine Notiz[\\s\\S]*<textarea[^>]*>\\s*${typed}</textarea>`))
    const both = (await ole.post('/audit/check', { note: several })).body
    t.match(both, /Ja, dieser Stand[\s\S]*Notiz über \d+ Zeilen[\s\S]*Nein[\s\S]*Nein/)
    t.match(both, /<textarea id="note"[^>]*>\s*localhost/, 'what was typed stays in its field')
    const records = (await school.audit()).filter(record => record.k === 'audit.note.check')
    t.match(records, [{ r: 'ok' }, { r: 'ok' }, { r: 'ok' }, { r: 'denied', d: { status: 422 } }, { r: 'ok' }])
    t.same(
      records.slice(0, 3).map(record => record.d),
      [{}, {}, {}],
    )
    t.notMatch(JSON.stringify(records), 'Masern')
  })

  t.test('the monthly sheet bears the same note, to be read and to be photographed', async t => {
    const hanna = await school.seated('hanna')
    const { body } = await hanna.get('/audit/sheet')
    const text = audit.standing.note
    for (const line of text.trimEnd().split('\n')) t.ok(body.includes(`${line}<br>`), line)
    t.match(body, /Stand des Protokolls im November 2026/)
    t.match(body, (audit.standing.root.match(/.{1,4}/g) ?? []).join(' '), 'in groups that can be compared by eye')
    t.match(body, /<svg class="qr"[^>]*aria-label="QR-Code[^>]*>/)
  })
})

t.test('a text that is no note costs nothing, and one note is checked at a time', async t => {
  const school = await startSchool(t)
  const [ole, kim] = [await school.seated('ole'), await school.seated('kim')]
  await Promise.all([ole.get('/audit'), kim.get('/audit')])
  // Pages are compiled when they are first shown.
  await Promise.all([ole.post('/audit/check', { note: 'x' }), kim.get('/recording')])
  for (const text of [
    ' '.repeat(99_000),
    `${' '.repeat(4090)}x`,
    '\n'.repeat(4096),
    '\n '.repeat(2000),
    '— '.repeat(2000),
  ]) {
    const took: number[] = []
    for (let times = 0; times < 3; times++) {
      const begun = performance.now()
      const [answer] = await Promise.all([ole.post('/audit/check', { note: text }), kim.get('/recording')])
      took.push(performance.now() - begun)
      t.equal(answer.status, 422)
      if (text.length > 4096) t.match(answer.body, 'Der Text ist zu lang')
    }
    // Others may be at work on the machine that runs this.
    t.ok(Math.min(...took) < 200, `${took.map(Math.round)} ms`)
  }
  const { note } = school.house.audit.standing
  const answers = await Promise.all([ole, kim, ole, kim].map(one => one.post('/audit/check', { note })))
  t.ok(answers.some(one => one.status === 200))
  for (const { status, body } of answers) if (status !== 200) t.match(body, 'Gerade wird schon eine Notiz geprüft')
  t.equal((await ole.post('/audit/check', { note })).status, 200, 'and the next has its turn')
})

t.test('a long ledger is read in parts, between which others have their turn', async t => {
  const file = await openForWriting(join(folderFor(t), 'audit.db'))
  t.teardown(() => file.close())
  const key = generateKeyPairSync('ed25519').privateKey
  const name = 'portal.example/audit/0f0f0f0f'
  const first = { t: 1, k: 'instance_created', instance: '0f'.repeat(16), name, key: publicKeyOf(key).toString('hex') }
  const bodies = [JSON.stringify(first)]
  while (bodies.length < 30_000) bodies.push(`{"t":${bodies.length},"k":"heartbeat"}`)
  const frontier = Frontier.of([])
  await file.atomically(async () => {
    for (let from = 0; from < bodies.length; from += 500) {
      const rows = bodies.slice(from, from + 500).map((body, index) => [from + index, body, leafHash(body)] as const)
      for (const [, , leaf] of rows) frontier.add(leaf)
      await file.run(`INSERT INTO audit_ledger VALUES ${rows.map(() => '(?, ?, ?)').join()}`, ...rows.flat())
    }
  })
  let turns = 0
  const counting = setInterval(() => {
    turns += 1
  }, 1)
  const note = signNote(checkpointText(name, frontier.size, frontier.root()), name, key)
  t.match(await checkNotes({ reading: file }, note), [{ found: 'contained', size: 30_000, at: 29_999 }])
  clearInterval(counting)
  t.ok(turns >= 10, `${turns} turns`)
})
