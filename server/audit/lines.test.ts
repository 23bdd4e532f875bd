import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folderFor } from '../test/folder.ts'
import { loadTexts } from '../web/i18n.ts'
import { byDay, listDays } from './days.ts'
import { type File, openForWriting } from './file.ts'
import { type EntryKind, entryKinds, parseEntry } from './formats/entries.ts'
import { leafHash } from './formats/merkle.ts'
import { listLines } from './lines.ts'

const hash = 'ab'.repeat(32)
const closing = { seg: 7, n: 1500, head: hash, period: 1, hour: 498_800 }
/** A line of each kind, and what its sentence must say. */
const samples: Readonly<Record<EntryKind, readonly [Readonly<Record<string, unknown>>, RegExp]>> = {
  instance_created: [
    { instance: '0f'.repeat(16), name: 'portal.example/audit/0f0f0f0f', key: hash },
    /portal\.example\/audit/,
  ],
  checkpoint_key_rotated: [{ key: hash }, /\p{Lu}/u],
  auditor_invited: [{ invitation: 4 }, /4/],
  auditor_confirmed: [{ invitation: 4 }, /4/],
  auditor_enrolled: [{ auditor: 1, row: hash }, /Emil Ernst/],
  auditor_suspended: [{ auditor: 1 }, /Emil Ernst/],
  auditor_reinstated: [{ auditor: 1 }, /Emil Ernst/],
  auditor_revoked: [{ auditor: 1 }, /Emil Ernst/],
  auditor_differs: [{ auditor: 1 }, /Emil Ernst/],
  passphrase_changed: [{ auditor: 1, row: hash }, /Emil Ernst/],
  drill_passed: [{ auditor: 1 }, /Emil Ernst/],
  share_refused: [{ auditor: 1 }, /Emil Ernst/],
  period_opened: [{ period: 1, month: '2026-11', pk: hash, n: 0, shares: [] }, /November 2026/],
  shares_reissued: [{ period: 1, gen: 1, n: 3, shares: [] }, /November 2026.*3/],
  period_extended: [{ period: 1, from: 498_800, until: 498_823 }, /November 2026.*26\.11\.2026.*|26\/11\/2026/],
  period_shredded: [{ period: 1 }, /November 2026/],
  segment_closed: [closing, /7.*1[.,]500/],
  segment_recovered: [closing, /7.*1[.,]500/],
  segment_pruned: [{ seg: 7, n: 1500, head: hash }, /7.*1[.,]500/],
  prune_refused: [{ due: 90_000, usual: 4000 }, /90[.,]000.*4[.,]000/],
  hold_set: [{ case: 1, from: 498_800, to: 498_810, until: 499_000 }, /2026-004.*2026/],
  hold_released: [{ case: 1, from: 498_800 }, /2026-004.*2026/],
  lookup_requested: [
    {
      case: 1,
      no: '2026-004',
      category: 'insult',
      requester: 1,
      request: hash,
      papers: hash,
      head: 1,
      from: 498_800,
      to: 498_810,
      until: 1_795_500_000_000,
    },
    /2026-004.*Emil Ernst.*(Beleidigung|insult).*2026.*2026.*(Schulleitung|head).*2026/,
  ],
  lookup_endorsed: [{ case: 1 }, /2026-004/],
  lookup_approved: [
    { case: 1, reviewer: 1, review: hash, papers: hash, until: 1_795_500_000_000 },
    /2026-004.*Emil Ernst.*2026/,
  ],
  lookup_denied: [{ case: 1, reviewer: 1, review: hash, papers: hash }, /2026-004.*Emil Ernst/],
  lookup_cancelled: [{ case: 1, auditor: 1 }, /2026-004.*Emil Ernst/],
  lookup_expired: [{ case: 1 }, /2026-004/],
  share_presented: [{ case: 1, auditor: 1 }, /2026-004.*Emil Ernst/],
  lookup_interrupted: [{ case: 1, why: 'absent' }, /2026-004.*(nicht mehr da|left)/],
  lookup_executed: [
    { case: 1, report: hash, scanned: 9000, opened: 500, kept: 20, faults: 1, until: 1_795_500_000_000 },
    /2026-004.*9[.,]000.*500.*20.*1.*2026/,
  ],
  report_viewed: [{ case: 1, auditor: 1 }, /2026-004.*Emil Ernst/],
  export_proposed: [{ case: 1, auditor: 1 }, /2026-004.*Emil Ernst/],
  report_exported: [{ case: 1, auditor: 1 }, /2026-004.*Emil Ernst/],
  extension_proposed: [{ case: 1, auditor: 1 }, /2026-004.*Emil Ernst/],
  report_extended: [{ case: 1, auditor: 1, until: 1_795_500_000_000 }, /2026-004.*Emil Ernst.*2026/],
  report_shredded: [{ case: 1 }, /2026-004/],
  lookup_closed: [
    { case: 1, auditor: 1, result: 'unclear', papers: hash, paper: hash, told: 'deferred' },
    /2026-004.*Emil Ernst.*(unklar|unclear)/,
  ],
  lookup_ended: [{ case: 1, told: 'told' }, /2026-004.*(benachrichtigt|told)/],
  subject_notified: [{ case: 1, people: 2 }, /2026-004.*2/],
  notice_deferred: [{ case: 1, until: 1_795_500_000_000 }, /2026-004.*2026/],
  lock_proposed: [{ lock: 3, case: 1, auditor: 1 }, /3.*2026-004.*Emil Ernst/],
  lock_confirmed: [{ lock: 3, auditor: 1 }, /3.*Emil Ernst/],
  lift_proposed: [{ lock: 3, case: 1, auditor: 1 }, /3.*2026-004.*Emil Ernst/],
  lock_lifted: [{ lock: 3, auditor: 1 }, /3.*Emil Ernst/],
  lock_emergency: [{ lock: 3 }, /3.*24/],
  lock_lapsed: [{ lock: 3 }, /3/],
  lock_withdrawn: [{ lock: 3, auditor: 1 }, /3.*Emil Ernst/],
  office_granted: [{ office: 'head' }, /Schulleitung|head/],
  office_ended: [{ office: 'observer' }, /Beobachtung|observer/],
  heartbeat: [{}, /\p{Lu}/u],
  clock_step: [{ before: 1_795_000_000_000, after: 1_795_500_000_000, doubt: 'ahead' }, /2026.*2026.*(vor|fast)/],
  clock_confirmed: [{ by: 'admin' }, /admin/i],
  restore_detected: [{ generation: 2, old_size: 1090, new_size: 80 }, /1[.,]010.*2/],
  restore_acknowledged: [{ auditor: 1 }, /Emil Ernst/],
  verify_ok: [{ records: 120_000 }, /120[.,]000/],
  verify_failed: [{ seg: 7 }, /7/],
  config_changed: [{ retention_days: 180, reason: 'given' }, /180.*(Begründung|reason)/],
  software_changed: [{ version: '1.2.3', tree: hash }, /1\.2\.3.*abababab(?!a)/],
}

const texts = loadTexts(join(import.meta.dirname, '../../config/locales'), 'Europe/Berlin')
const monday = Date.parse('2026-11-23T08:00:00Z')
const hour = 3_600_000

/** A file with exactly these lines in its ledger; nobody has signed them. */
async function ledgerOf(t: Test, bodies: readonly string[]): Promise<{ reading: File }> {
  const reading = await openForWriting(join(folderFor(t), 'audit.db'))
  t.teardown(() => reading.close())
  const blob = Buffer.alloc(32)
  await reading.atomically(async () => {
    await reading.run(
      `INSERT INTO audit_auditor VALUES (1, 'a', 'Emil Ernst', 'Prüfer', '2026-09-01', ?, ?, ?, ?, 'x', 'active', 3, NULL)`,
      ...[blob, blob, blob, blob],
    )
    await reading.run("INSERT INTO audit_period VALUES (1, '2026-11', ?, 'x', 2, 3, 4, NULL)", blob)
    await reading.run(
      `INSERT INTO audit_case (id, no, category, requester, state, request, hour_from, hour_to, until, head, requested_at,
         report, exported)
       VALUES (1, '2026-004', 'insult', 1, 'requested', ?, 1, 2, 3, 'needed', 4, 'none', 0)`,
      blob,
    )
    for (const [idx, body] of bodies.entries())
      await reading.run('INSERT INTO audit_ledger VALUES (?, ?, ?)', idx, body, leafHash(body))
  })
  return { reading }
}
const bodyOf = (t: number, k: EntryKind, fields: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({ t, k, ...fields })

t.test('every kind of line is put into plain words, in every language, with what it says in them', async t => {
  const bodies = entryKinds.map((kind, index) => bodyOf(monday + index, kind, samples[kind][0]))
  for (const body of bodies) t.ok(parseEntry(body), body)
  const lines = (await listLines(await ledgerOf(t, bodies), 1000, 1000)).toReversed()
  t.same(
    lines.map(line => line.kind),
    entryKinds,
  )
  for (const { code, t: say, has, moment } of texts.languages) {
    for (const { kind, words } of lines) {
      if (!has(words.key)) t.fail(`${code} lacks ${words.key}`)
      const times = Object.entries(words.moments).map(([name, ms]) => [name, moment.full(new Date(ms).toISOString())])
      const said = say(words.key, { ...words.values, ...Object.fromEntries(times) })
      t.match(said, samples[kind as EntryKind][1], `${code}: ${said}`)
      t.notMatch(said, /[{}]|undefined|NaN|null|audit\.line/, `${code}: ${said}`)
    }
    for (const key of ['recorded', 'alive', 'deleted', 'unreadable'])
      t.ok(has(`audit.line.${key}`), `${code} has a sentence for what was ${key}`)
  }
})

t.test('a closing says what was asked, and a span of hours ends with its last minute', async t => {
  const hours = (now: number) => Math.floor(now / hour)
  const asked = { ...samples.lookup_requested[0], from: hours(monday), to: hours(monday + 2 * hour) }
  const audit = await ledgerOf(t, [
    bodyOf(monday, 'lookup_requested', asked),
    bodyOf(monday, 'hold_set', { case: 1, from: hours(monday), to: hours(monday + 2 * hour), until: 499_000 }),
    bodyOf(monday, 'lookup_closed', { ...samples.lookup_closed[0], result: 'confirmed' }),
  ])
  const sayAll = async () => {
    const { t: say, moment } = texts.language('de')
    return (await listLines(audit, 1000, 1000)).map(({ words }) => {
      const times = Object.entries(words.moments).map(([name, ms]) => [name, moment.full(new Date(ms).toISOString())])
      return say(words.key, { ...words.values, ...Object.fromEntries(times) })
    })
  }
  const [closed, held, requested] = await sayAll()
  t.match(closed, 'Der Verdacht ist bestätigt')
  for (const said of [held, requested]) t.match(said, /09:00 Uhr bis [^.]*23\.11\.2026, 11:59 Uhr/)
  await audit.reading.run("UPDATE audit_case SET category = 'access'")
  const [given] = await sayAll()
  t.match(given, 'Die Auskunft ist erteilt')
  t.notMatch(given, 'Verdacht')
})

t.test('what happens every hour is told once for the day, in the order of what is new', async t => {
  const audit = await ledgerOf(t, [
    bodyOf(monday - 24 * hour, 'heartbeat'),
    bodyOf(monday, 'segment_closed', { ...closing, seg: 1, n: 3 }),
    bodyOf(monday + hour, 'verify_ok', { records: 3 }),
    bodyOf(monday + hour, 'segment_closed', { ...closing, seg: 2, n: 4 }),
    bodyOf(monday + 2 * hour, 'heartbeat'),
    bodyOf(monday + 2 * hour, 'segment_pruned', { seg: 1, n: 3, head: hash }),
    bodyOf(monday + 2 * hour, 'segment_pruned', { seg: 2, n: 4, head: hash }),
  ])
  const lines = await listLines(audit, 1000, 1000)
  const days = byDay(lines, ms => new Date(ms).toISOString().slice(0, 10))
  t.match(days, [
    {
      day: '2026-11-23',
      pieces: [
        { words: { key: 'audit.line.deleted', values: { records: 7, segments: 2 } } },
        { words: { key: 'audit.line.recorded', values: { records: 7, segments: 2 } } },
        { words: { key: 'audit.line.verify_ok' } },
      ],
    },
    { day: '2026-11-22', pieces: [{ words: { key: 'audit.line.heartbeat' } }] },
  ])
  t.same(
    days.flatMap(({ pieces }) => pieces.flatMap(piece => piece.lines.map(line => line.idx))).sort(),
    [0, 1, 2, 3, 4, 5, 6],
    'no line is left out',
  )
})

t.test(
  'a page holds whole days, each line stands on one page, and a line that nobody wrote is shown as such',
  async t => {
    const bodies = Array.from({ length: 900 }, (_, index) => bodyOf(monday + index * hour, 'heartbeat'))
    bodies[450] = '{"t":1,"k":"heartbeat","name":"Ada"}'
    const audit = await ledgerOf(t, bodies)
    const seen: number[] = []
    const heads: string[] = []
    let before: number | null = Number.MAX_SAFE_INTEGER
    let pages = 0
    while (before !== null) {
      const page = await listDays(audit, before, ms => new Date(ms).toISOString().slice(0, 10))
      for (const { day, pieces } of page.days) {
        heads.push(day)
        for (const { lines } of pieces)
          for (const line of lines) {
            seen.push(line.idx)
            if (line.kind === null) t.same([line.idx, line.words.key], [450, 'audit.line.unreadable'])
          }
      }
      before = page.next
      pages += 1
    }
    t.same(
      seen.toSorted((a, b) => a - b),
      bodies.map((_, index) => index),
    )
    t.equal(new Set(heads).size, heads.length, 'no day is torn')
    t.ok(pages >= 3 && pages <= 5, `${pages} pages`)
  },
)

t.test('where little happens a page ends after fifty things', async t => {
  const bodies = Array.from({ length: 200 }, (_, index) => bodyOf(monday + index * 24 * hour, 'heartbeat'))
  const audit = await ledgerOf(t, bodies)
  const { days, next } = await listDays(audit, 1000, ms => new Date(ms).toISOString().slice(0, 10))
  t.same([days.length, next], [50, 150])
  t.match(await listDays(audit, 1, String), { days: [{ pieces: [{ lines: [{ idx: 0 }] }] }], next: null })
  t.match(await listDays(audit, 0, String), { days: [], next: null })
})
