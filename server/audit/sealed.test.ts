import { createPrivateKey, createPublicKey, hash, randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cast, castPassword } from '../demo/cast.ts'
import { loginOf } from '../demo/seed.ts'
import { readTrail } from '../test/audit.ts'
import { Browser } from '../test/browser.ts'
import { draftIn } from '../test/letters.ts'
import { type School, startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'
import { filesIn, formsOf, tracesIn } from '../test/traces.ts'
import { sessionCookie } from '../web/session.ts'
import type { RecordBody } from './entry.ts'
import { openForReading } from './file.ts'
import { type AuditorRow, hourOf, segmentAad, shareAad } from './formats/layout.ts'
import * as lines from './ledger-lines.ts'
import * as approved from './opening/approved.ts'
import * as evidence from './opening/evidence.ts'
import * as papers from './opening/papers.ts'
import * as opening from './opening/period-key.ts'
import * as reading from './opening/reading.ts'
import * as reissuing from './opening/reissue.ts'
import * as reports from './opening/report.ts'
import * as reviews from './opening/review.ts'
import * as scanning from './opening/scan.ts'
import * as searching from './opening/search.ts'
import * as own from './opening/shares.ts'
import * as auditorKey from './sealing/auditor-key.ts'
import * as hpke from './sealing/hpke.ts'
import * as kem from './sealing/kem.ts'
import * as segments from './sealing/segment.ts'
import * as shares from './sealing/shares.ts'

const hour = 3_600_000
/** What stands before the 32 bytes of a private key (RFC 8410). */
const x25519 = Buffer.from('302e020100300506032b656e04220420', 'hex')
const auditors = ['emil', 'finja', 'gero']
/** Stands in sealed requests, decisions and reports, and nowhere else. */
const suspicion = 'Droselklaxe'
type Holder = opening.Holder

/** Two days of school in two months: letters, answers, searches, refusals, sign-ins, from three addresses. */
async function someDays(school: School, during: () => void) {
  const { ids, clock } = school
  const cookies: string[] = []
  const letters: string[] = []
  const arrive = async (key: string, address: string) => {
    const seat = await school.seated(key)
    const browser = new Browser(school.portal.port, address)
    for (const [name, value] of seat.cookies) browser.cookies.set(name, value)
    browser.csrf = seat.csrf
    cookies.push(browser.cookies.get(sessionCookie) ?? '')
    return browser
  }
  for (const next of [9 * 24 * hour, hour]) {
    const [ada, carl, otto] = [
      await arrive('ada', '127.44.31.2'),
      await arrive('carl', '127.44.32.3'),
      await arrive('otto', '127.44.33.4'),
    ]
    await carl.get('/letters/new')
    const drafted = await carl.post(
      '/letters',
      draftIn(ids.groups['5a'], {
        title: 'Ein Wort über Kaulquappen',
        respond_by: '2026-12-18',
      }),
    )
    const letter = /letters\/(\w+)\//.exec(drafted.headers.location ?? '')?.[1] ?? ''
    letters.push(letter)
    await carl.get(`/letters/${letter}/preview`)
    await carl.post(`/letters/${letter}/publication`)
    clock.now += hour
    await ada.get('/')
    await ada.get(`/letters/${letter}`)
    await ada.post(`/letters/${letter}/replies`, { pupil: ids.pupils.anna ?? '', value: 'no' })
    await ada.get('/letters/new')
    await otto.get('/roll')
    await otto.post('/roll/search', { q: 'Hohenlohe' })
    await otto.get(`/roll/pupils/${ids.pupils.emir}`)
    await ada.post('/sign-in', { login: 'ada@eltern.example', password: 'Kaulquappe' })
    for (const browser of [ada, carl, otto]) browser.close()
    during()
    clock.now += next
  }
  const sessions = cookies.map(cookie => hash('sha256', cookie).slice(0, 16))
  return { letters, cookies, sessions, addresses: ['127.44.31.2', '127.44.32.3', '127.44.33.4'] }
}

/**
 * Two cases: the first one opened and reported by Finja and Gero, the second asked for by Emil and approved by Finja, who
 * both have come to open it.
 */
async function twoCases({ house: { audit, config, clock }, ids }: School): Promise<void> {
  const [emil, finja, gero] = ids.auditors.map(({ id, pair }) => ({ auditor: id, pair })) as [Holder, Holder, Holder]
  const instance = await reading.instanceOf(audit.reading)
  const everybody = ids.auditors.map(({ id, pair }) => ({ id, pub: pair.publicKey }))
  const [fromMs, toMs] = [clock.now() - 20 * 24 * hour, clock.now()]
  const about = { from: hourOf(fromMs), to: hourOf(toMs - 1), category: 'insult' } as const
  const ada = { kind: 'account', id: ids.accounts.ada ?? '', name: 'Ada' } as const
  const content: papers.CaseRequest = {
    ...{ category: 'insult', reason: suspicion, source: 'staff', subjects: [ada], object: null, areas: ['letters'] },
    ...{ from: '2026-11-01', to: '2026-11-20', fromMs, toMs, asked: null },
  }
  const begin = async (requester: Holder, reviewer: Holder) => {
    const id = await audit.nextCase()
    const asked = await papers.sealPaper(instance, everybody, 'request', content)
    const review = await papers.sealPaper(instance, everybody, 'review', { words: suspicion })
    const by = { request: asked.hash, papers: asked.papers, requester: requester.auditor }
    await audit.step({ step: 'request', case: id, ...about, ...by })
    const decision = { review: review.hash, papers: review.papers, reviewer: reviewer.auditor }
    await audit.step({ step: 'approve', case: id, ...decision })
    for (const { auditor } of [requester, reviewer]) await audit.step({ step: 'present', case: id, auditor })
    return id
  }
  const first = await begin(finja, gero)
  const brought = await Promise.all([finja, gero].map(who => own.openShares(audit.reading, instance, first, who)))
  const [one, other] = brought as [own.OpenedShares, own.OpenedShares]
  const review = await reviews.openReview(audit.reading, first, one, other)
  const found = await scanning.scan(review, join(config.data, 'audit.db'))
  const made = await reports.makeReport(audit.reading, instance, review, found, { [ada.id]: suspicion }, clock.now())
  await audit.step({ step: 'execute', case: first, report: made.report, ...made.counts })
  await begin(emil, finja)
}

/** What was asked for ends with this kind of error, and so with no answer. */
async function refuses(
  t: Test,
  asked: Promise<unknown>,
  kind: new (...given: never[]) => Error,
  why: string = kind.name,
): Promise<void> {
  const error = await asked.then(
    () => null,
    (problem: unknown) => problem,
  )
  t.ok(error instanceof kind, why)
}

t.test('L1: who has the disk and one auditor’s key', async t => {
  const school = await startSchool(t)
  const { ids } = school
  const data = school.house.config.data
  const loot = mkdtempSync(join(tmpdir(), 'pforte-loot-'))
  t.teardown(() => rmSync(loot, { recursive: true }))
  let copies = 0
  const acted = await someDays(school, () => {
    // While it runs: what was written last is in the write-ahead log.
    copies += 1
    for (const name of ['audit.db', 'audit.db-wal', 'audit.db-shm'])
      cpSync(join(data, name), join(loot, `${copies}`, name))
  })
  await twoCases(school)
  await school.portal.stop()
  cpSync(data, join(loot, 'data'), { recursive: true })
  mkdirSync(join(loot, 'backup'))
  const copy = await connect(t, join(loot, 'data/audit.db'))
  await copy.all(`VACUUM INTO '${join(loot, 'backup/audit.db')}'`)
  await copy.close()
  const files = filesIn(loot)
  const sealed = [...files].filter(([path]) => !/(^|\/)pforte\.db/.test(path))

  const truth = await readTrail(data, ids.auditors)
  const whole = Buffer.from(JSON.stringify(truth))
  /** What stands in records, of everybody but the auditors, who are known by name. */
  const recorded = [
    ...['ada', 'carl', 'otto'].map(key => ids.accounts[key] ?? ''),
    ...['anna', 'emir'].map(key => ids.pupils[key] ?? ''),
    ...[ids.groups['5a'] ?? '', ...acted.letters, ...acted.sessions, ...acted.addresses],
    ...new Set(truth.map(record => record.k)),
  ]
  /** What stands in no record at all. */
  const never = [
    ...cast.filter(({ key }) => !auditors.includes(key)).map(person => `${person.given_name} ${person.family_name}`),
    ...cast.map(loginOf),
    ...Object.values(ids.pupils).filter(id => !recorded.includes(id)),
    ...[castPassword, suspicion, 'Kaulquappe', 'Hohenlohe', ids.code.code, ...acted.cookies],
  ]

  t.test('L1: finds no person, thing, kind, address or session in any file, in no encoding', async t => {
    t.ok(['letter.read', 'letter.reply', 'roll.search', 'auth.sign-in'].every(kind => recorded.includes(kind)))
    t.ok(
      [...recorded, ...never].every(text => Buffer.byteLength(text) >= 6),
      'long enough not to be found by chance',
    )
    t.ok(sealed.length >= 12, [...files.keys()].join(', '))
    for (const [path, bytes] of sealed) t.same(tracesIn(bytes, [...recorded, ...never]), [], path)
    const others = recorded.filter(one => Object.values(ids.accounts).includes(one))
    const known = tracesIn(readFileSync(join(loot, 'data/pforte.db')), others)
    t.equal(known.length, others.length, 'the same search finds what does stand in a file')
    for (const { form, bytes } of formsOf('127.44.31.2')) {
      const hay = Buffer.concat([randomBytes(1001), bytes, randomBytes(500)])
      t.same(tracesIn(hay, ['127.44.31.2']).length, 1, `and finds it in ${form}`)
    }
    for (const before of [0, 1, 2, 3]) {
      const base64 = Buffer.from(`${'x'.repeat(before)}127.44.31.2 and more`).toString('base64')
      t.same(tracesIn(Buffer.from(base64), ['127.44.31.2']).length, 1, `in base64, ${before} bytes behind something`)
    }
  })

  const file = await openForReading(join(loot, 'backup/audit.db'))
  t.teardown(() => file.close())
  const instance = await reading.instanceOf(file)
  const [emil, finja] = ids.auditors.map(({ id, pair }) => ({ auditor: id, pair })) as [opening.Holder, opening.Holder]
  const stranger = await hpke.generateKeyPair()
  const periods = await file.all<{ id: number; pk: Buffer; n: number }>(
    'SELECT id, pk, n FROM audit_period WHERE n > 0 ORDER BY id',
  )
  const rows = await file.all<segments.StoredRecord & hpke.Sealed & { id: number; period: number; hour: number }>(
    `SELECT s.id, period_id AS period, hour, enc, sealed, i, ab, ob, ct FROM audit_segment AS s
     JOIN audit_rec ON seg = s.id AND i = 0 JOIN audit_period AS p ON p.id = period_id WHERE p.n > 0`,
  )
  const ownShares = new Map<number, Buffer>()
  for (const { id, no, pk, n, ...share } of await file.all<
    hpke.Sealed & { id: number; no: number; pk: Buffer; n: number }
  >(
    `SELECT p.id, share_no AS no, pk, n, enc, sealed FROM audit_share JOIN audit_period AS p ON p.id = period_id
     WHERE auditor_id = ?`,
    emil.auditor,
  ))
    ownShares.set(id, await hpke.open(emil.pair, 'share', instance, shareAad(id, emil.auditor, no, n, pk), share))

  /** Everything of 32 bytes that the thief can make of what they have, and that could be a seed or a key. */
  async function guesses(): Promise<Buffer[]> {
    const keys = ['pepper', 'checkpoint'].map(name => readFileSync(join(loot, 'data/keys', name)))
    const signing = createPrivateKey(keys[1] as Buffer).export({ format: 'jwk' }).d ?? ''
    const plain = [emil.pair.privateKey, emil.pair.publicKey, keys[0] as Buffer, Buffer.from(signing, 'base64url')]
    for (const share of ownShares.values()) plain.push(share.subarray(0, 32), share.subarray(1))
    for (const { pk } of periods) plain.push(pk)
    const hashed = plain.map(one => hash('sha256', one, 'buffer'))
    const combined: Buffer[] = []
    for (const share of ownShares.values()) {
      for (let place = 1; place <= 255; place += 1) {
        if (place === share.at(-1)) continue
        const at = (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 32), Buffer.of(place)])
        for (const other of [Buffer.alloc(32), ...ownShares.values()])
          combined.push(await shares.combine(share, at(other)))
      }
    }
    return [...plain, ...hashed, ...combined]
  }

  /** Each function that these modules give away, and what one auditor alone gets out of it. */
  const tries: Readonly<Record<string, (t: Test) => Promise<void>>> = {
    'papers.openPaper': async t => {
      t.match(await papers.openPaper(file, instance, 2, 'request', emil), { reason: suspicion }, 'one’s own copy opens')
      for (const kind of ['request', 'review', 'result'] as const)
        for (const id of [1, 2])
          for (const holder of [
            { ...emil, auditor: finja.auditor },
            { auditor: finja.auditor, pair: stranger },
          ])
            await refuses(t, papers.openPaper(file, instance, id, kind, holder), papers.PaperStaysClosed)
    },
    'papers.openPaperText': async t => {
      const holder = { ...emil, auditor: finja.auditor }
      await refuses(t, papers.openPaperText(file, instance, 2, 'request', holder), papers.PaperStaysClosed)
    },
    'opening.openShare': async t => {
      for (const { id } of periods)
        for (const holder of [
          { ...emil, auditor: finja.auditor },
          { auditor: finja.auditor, pair: stranger },
        ])
          await refuses(t, opening.openShare(file, instance, id, holder), opening.PeriodStaysClosed)
    },
    'opening.ownShareOpens': async t => {
      for (const { id } of periods)
        t.equal(await opening.ownShareOpens(file, instance, id, { ...emil, auditor: finja.auditor }), false)
    },
    'opening.joinShares': async t => {
      for (const [id, share] of ownShares)
        for (const other of [share, ...ownShares.values(), Buffer.alloc(33, 7)])
          await refuses(t, opening.joinShares(file, id, share, other), opening.PeriodStaysClosed)
    },
    'own.openShares': async t => {
      await refuses(t, own.openShares(file, instance, 1, emil), approved.ReviewStaysClosed, 'a case of others')
      for (const holder of [
        { ...emil, auditor: finja.auditor },
        { auditor: finja.auditor, pair: stranger },
      ])
        await refuses(t, own.openShares(file, instance, 2, holder), papers.PaperStaysClosed)
    },
    'own.OpenedShares': async t => {
      const mine = await own.OpenedShares.open(file, instance, 2, emil)
      t.ok(mine.periods.every(period => ownShares.get(period)?.equals(mine.shareOf(period) ?? Buffer.alloc(0))))
    },
    'own.ownShares': async t => {
      const all = periods.map(({ id }) => id)
      t.same(await own.ownShares(file, instance, all, emil), ownShares, 'one’s own and no others')
      t.equal((await own.ownShares(file, instance, all, { ...emil, auditor: finja.auditor })).size, 0)
    },
    'reviews.openReview': async t => {
      for (const shares of await posing())
        await refuses(t, reviews.openReview(file, 2, ...shares), reviews.ReviewStaysClosed)
    },
    'reviews.OpenReview': async t => {
      for (const shares of await posing())
        await refuses(t, reviews.OpenReview.open(file, 2, ...shares), reviews.ReviewStaysClosed)
    },
    'reviews.insideOf': async t => {
      await refuses(
        t,
        Promise.try(() => reviews.insideOf(forged)),
        reviews.ReviewStaysClosed,
      )
    },
    'scan.scan': t => refuses(t, scanning.scan(forged, join(loot, 'backup/audit.db')), reviews.ReviewStaysClosed),
    'report.makeReport': async t => {
      const nothing = { records: [], segments: [], cut: false, counts: { scanned: 0, opened: 0, kept: 0 } }
      await refuses(t, reports.makeReport(file, instance, forged, nothing, {}, 0), reviews.ReviewStaysClosed)
    },
    'report.openReport': async t => {
      for (const holder of [emil, { ...emil, auditor: finja.auditor }, { auditor: finja.auditor, pair: stranger }])
        await refuses(t, reports.openReport(file, instance, 1, holder), reports.ReportStaysClosed)
    },
    'reissue.openSharesToReissue': async t => {
      const mine = await reissuing.openSharesToReissue(file, instance, emil)
      t.ok(periods.every(({ id }) => ownShares.get(id)?.equals(mine.shareOf(id) ?? Buffer.alloc(0))))
      const others = await reissuing.openSharesToReissue(file, instance, { ...emil, auditor: finja.auditor })
      t.ok(periods.every(({ id }) => others.shareOf(id) === undefined))
    },
    'reissue.reissueShares': async t => {
      const mine = await reissuing.openSharesToReissue(file, instance, emil)
      for (const holder of [emil, { ...emil, auditor: finja.auditor }, { auditor: finja.auditor, pair: stranger }]) {
        const others = await reissuing.openSharesToReissue(file, instance, holder)
        await refuses(t, reissuing.reissueShares(file, instance, mine, others), opening.PeriodStaysClosed)
      }
    },
    'opening.openPeriodKey': async t => {
      for (const { id } of periods) {
        for (const [a, b] of [
          [emil, emil],
          [emil, { ...emil, auditor: finja.auditor }],
          [{ ...emil, auditor: finja.auditor }, emil],
          [emil, { auditor: finja.auditor, pair: stranger }],
          [emil, { auditor: finja.auditor, pair: { ...stranger, publicKey: finja.pair.publicKey } }],
          [emil, { auditor: finja.auditor, pair: { ...emil.pair, publicKey: finja.pair.publicKey } }],
          [emil, { auditor: 4, pair: stranger }],
        ] as const)
          await refuses(t, opening.openPeriodKey(file, instance, id, a, b), opening.PeriodStaysClosed)
      }
    },
    'shares.combine': async t => {
      for (const share of ownShares.values()) {
        await refuses(t, shares.combine(share, share), shares.WrongShares, 'with itself')
        await refuses(t, shares.combine(share, Buffer.alloc(33)), shares.WrongShares, 'with nothing')
        await refuses(t, shares.combine(share, Buffer.alloc(0)), shares.WrongShares)
        await refuses(t, shares.combine(share, share.subarray(1)), shares.WrongShares)
      }
    },
    'shares.split': async t => {
      for (const share of ownShares.values()) await refuses(t, shares.split(share, 3), TypeError)
      await refuses(t, shares.split(emil.pair.privateKey, 1), RangeError)
    },
    'hpke.deriveKeyPair': async t => {
      const found = await guesses()
      t.ok(found.length > 1000, `${found.length} guesses`)
      const wanted = new Set([...periods.map(({ pk }) => pk), finja.pair.publicKey].map(pk => pk.toString('hex')))
      for (const guess of found) {
        const derived = await hpke.deriveKeyPair(guess)
        const straight = createPublicKey(
          createPrivateKey({ key: Buffer.concat([x25519, guess]), format: 'der', type: 'pkcs8' }),
        ).export({ format: 'der', type: 'spki' })
        for (const key of [derived.publicKey, straight.subarray(-32)])
          if (wanted.has(key.toString('hex'))) t.fail('a guess is the key of a period, or of another auditor')
      }
    },
    'hpke.open': async t => {
      t.ok(
        ownShares.size === periods.length && [...ownShares.values()].every(share => share.length === 33),
        'one’s own share opens',
      )
      const pairs = [
        emil.pair,
        stranger,
        ...(await Promise.all([...ownShares.values()].map(s => hpke.deriveKeyPair(s.subarray(0, 32))))),
      ]
      for (const pair of pairs)
        for (const row of rows)
          for (const use of ['seg', 'share', 'rep', 'pap'] as const)
            await refuses(t, hpke.open(pair, use, instance, segmentAad(row), row), hpke.CannotOpen)
      for (const share of await file.all<
        hpke.Sealed & { period: number; auditor: number; no: number; n: number; pk: Buffer }
      >(
        `SELECT p.id AS period, auditor_id AS auditor, share_no AS no, n, pk, enc, sealed FROM audit_share
         JOIN audit_period AS p ON p.id = period_id WHERE auditor_id <> ?`,
        emil.auditor,
      ))
        for (const pair of pairs)
          await refuses(
            t,
            hpke.open(
              pair,
              'share',
              instance,
              shareAad(share.period, share.auditor, share.no, share.n, share.pk),
              share,
            ),
            hpke.CannotOpen,
          )
    },
    'kem.openBase': async t => {
      const info = Buffer.concat([Buffer.from('pforte/audit/seg/1\0'), instance])
      for (const pair of [emil.pair, stranger, { ...stranger, publicKey: finja.pair.publicKey }])
        for (const row of rows)
          await refuses(
            t,
            Promise.try(() => kem.openBase(pair, info, segmentAad(row), row)),
            Error,
          )
    },
    'segment.SegmentReading': async t => {
      for (const row of rows)
        for (const pair of [emil.pair, stranger])
          await refuses(t, segments.SegmentReading.start(instance, pair, row), hpke.CannotOpen)
    },
    'reading.readSegment': async t => {
      const reader = { mask: () => 0xffff, take: () => t.fail('a record was opened') }
      for (const { id, period } of rows) {
        t.equal(await reading.readSegment(file, instance, new Map(), id, reader), 'locked')
        t.equal(await reading.readSegment(file, instance, new Map([[period, emil.pair]]), id, reader), 'changed')
      }
    },
    'reading.readRecords': async t => {
      t.same(await reading.readRecords(file, new Map()), [])
      for (const { id } of periods)
        await t.rejects(reading.readRecords(file, new Map([[id, emil.pair]])), /cannot be read: changed/)
    },
    'search.search': async t => {
      const everybody = [...Object.values(ids.accounts), ...Object.values(ids.pupils)]
      const hours = [0, hourOf(school.clock.now)] as const
      const keep = { from: 0, to: school.clock.now + hour }
      const path = join(loot, 'backup/audit.db')
      for (const given of [[], periods.map(({ id }) => ({ id, ...emil.pair }))]) {
        const found = await searching.search({ path, hours, keep, subjects: everybody, periods: given })
        t.match(found, { records: [], counts: { scanned: 0, opened: 0, kept: 0 } })
        t.ok(found.segments.length >= 4 && found.segments.every(({ verdict }) => /locked|changed/.test(verdict)))
      }
    },
    'auditor-key.unwrapKey': async t => {
      const rows = await file.all<AuditorRow>('SELECT * FROM audit_auditor WHERE id <> ?', emil.auditor)
      const keks = [
        emil.pair.privateKey,
        ...[...ownShares.values()].map(share => share.subarray(0, 32)),
        Buffer.alloc(32),
      ]
      for (const row of rows)
        for (const kek of keks)
          await refuses(
            t,
            Promise.try(() => auditorKey.unwrapKey(kek, row.id, row.pub, row)),
            hpke.CannotOpen,
          )
    },
  }
  /** A second part that is made of the first one. */
  async function posing(): Promise<(readonly [own.OpenedShares, own.OpenedShares])[]> {
    const mine = await own.openShares(file, instance, 2, emil)
    const key = { publicKey: { value: finja.pair.publicKey }, auditor: { value: finja.auditor } }
    const shareOf = { value: (period: number) => mine.shareOf(period) }
    const masked = Object.create(mine, { ...key, shareOf, text: { value: 'anything' } }) as own.OpenedShares
    return [
      [mine, mine],
      [mine, await own.openShares(file, instance, 2, emil)],
      [mine, masked],
    ]
  }
  const forged = Object.create(reviews.OpenReview.prototype, {
    case: { value: { id: 2, requester: emil.auditor, reviewer: finja.auditor } },
  }) as reviews.OpenReview
  /** What closes, makes new keys or only tells something: it takes no key that opens. */
  const harmless = [
    ...['auditor-key.wrapKey', 'auditor-key.zero', 'hpke.generateKeyPair', 'hpke.seal', 'hpke.CannotOpen'],
    ...['opening.PeriodStaysClosed', 'reading.instanceOf', 'segment.OpenSegment', 'shares.WrongShares'],
    ...['approved.findApproved', 'approved.periodsOf', 'approved.ReviewStaysClosed', 'evidence.findEvidence'],
    ...[
      'evidence.Tree',
      'lines.linesOfCase',
      'lines.linesWith',
      'lines.namedAuditors',
      'papers.canonical',
      'papers.sealPaper',
    ],
    ...[
      'kem.keyPairFrom',
      'papers.PaperStaysClosed',
      'reissue.SharesToReissue',
      'report.ReportStaysClosed',
      'reviews.ReviewStaysClosed',
    ],
    ...['search.SearchStopped'],
  ]

  t.test('L1: opens their own share and nothing else, whatever they call (L2)', async t => {
    t.ok(periods.length >= 2 && rows.length >= 4, 'there are months and hours to open')
    t.same(
      await file.all('SELECT account_id FROM audit_auditor ORDER BY id'),
      auditors.map(key => ({ account_id: ids.accounts[key] })),
    )
    const sealing = { 'auditor-key': auditorKey, hpke, kem, segment: segments, shares }
    const rooms = { approved, evidence, lines, opening, own, papers, reading, reviews, search: searching }
    const modules = { ...sealing, ...rooms, reissue: reissuing, report: reports, scan: scanning }
    const given = Object.entries(modules).flatMap(([name, module]) =>
      Object.entries(module).flatMap(([one, value]) => (typeof value === 'function' ? [`${name}.${one}`] : [])),
    )
    t.same(given.sort(), [...Object.keys(tries), ...harmless].sort(), 'every function has its try here')
    for (const [name, attempt] of Object.entries(tries)) await t.test(`L1: ${name}`, attempt)
  })

  t.test('L1: with a second key everything is readable, so the above was no accident', async t => {
    for (const [index, { id, pk }] of periods.entries()) {
      const pair = await opening.openPeriodKey(file, instance, id, emil, finja)
      t.same(pair.publicKey, pk)
      const seed = await shares.combine(ownShares.get(id) as Buffer, await finjasShare(id))
      t.same((await hpke.deriveKeyPair(seed)).privateKey, pair.privateKey, `month ${index + 1}`)
    }
    t.equal(tracesIn(whole, recorded).length, recorded.length, 'every person, thing, kind, address and session')
    t.same(tracesIn(whole, never), [], 'and no name, login, password, search, code or cookie even there')
    const kinds = (key: string) =>
      new Set(truth.filter((record: RecordBody) => record.a === ids.accounts[key]).map(record => record.k))
    t.same([...kinds('ada')].sort(), ['auth.sign-in', 'home.show', 'letter.draft', 'letter.read', 'letter.reply'])
  })

  async function finjasShare(period: number): Promise<Buffer> {
    const [share] = await file.all<hpke.Sealed & { no: number; n: number; pk: Buffer }>(
      `SELECT share_no AS no, n, pk, enc, sealed FROM audit_share JOIN audit_period AS p ON p.id = period_id
       WHERE period_id = ? AND auditor_id = ?`,
      ...[period, finja.auditor],
    )
    if (!share) throw new Error(`There is no share of period ${period}`)
    return hpke.open(finja.pair, 'share', instance, shareAad(period, finja.auditor, share.no, share.n, share.pk), share)
  }
})
