import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cast, children, onPaper } from '../../demo/cast.ts'
import { loginOf } from '../../demo/seed.ts'
import { newId } from '../../storage/ids.ts'
import { type EntryKind, entryKinds, entryProblem, parseEntry } from './entries.ts'

type Fields = Readonly<Record<string, unknown>>

const digest = 'a0'.repeat(32)
const closing = { seg: 7, n: 8192, head: digest, period: 2, hour: 498_000 }

/** A line of each kind, as the writer writes it. */
const lines: Readonly<Record<EntryKind, Fields>> = {
  instance_created: { instance: '0f'.repeat(16), name: 'portal.schule.example/audit/0f0f0f0f', key: digest },
  checkpoint_key_rotated: { key: digest },
  auditor_invited: { invitation: 4 },
  auditor_confirmed: { invitation: 4 },
  auditor_enrolled: { auditor: 3, row: digest },
  auditor_suspended: { auditor: 1 },
  auditor_reinstated: { auditor: 1 },
  auditor_revoked: { auditor: 3 },
  auditor_differs: { auditor: 1 },
  passphrase_changed: { auditor: 3, row: digest },
  drill_passed: { auditor: 3 },
  share_refused: { auditor: 3 },
  period_opened: {
    period: 2,
    month: '2026-11',
    pk: digest,
    n: 3,
    shares: [
      [1, 1, digest],
      [2, 2, digest],
      [3, 3, digest],
    ],
  },
  shares_reissued: { period: 2, gen: 1, n: 3, shares: [[1, 1, digest]] },
  period_extended: { period: 2, from: 498_000, until: 498_023 },
  period_shredded: { period: 1 },
  segment_closed: closing,
  segment_recovered: closing,
  segment_pruned: { seg: 7, n: 8192, head: digest },
  prune_refused: { due: 90_000, usual: 4000 },
  hold_set: { case: 5, from: 498_000, to: 498_100, until: 498_500 },
  hold_released: { case: 5, from: 498_000 },
  lookup_requested: {
    case: 1,
    no: '2026-001',
    category: 'insult',
    requester: 1,
    request: digest,
    papers: digest,
    head: 0,
    from: 498_000,
    to: 498_100,
    until: 1_795_000_259_200,
  },
  lookup_endorsed: { case: 1 },
  lookup_approved: { case: 1, reviewer: 2, review: digest, papers: digest, until: 1_795_000_086_400 },
  lookup_denied: { case: 1, reviewer: 2, review: digest, papers: digest },
  lookup_cancelled: { case: 1, auditor: 1 },
  lookup_expired: { case: 1 },
  share_presented: { case: 1, auditor: 1 },
  lookup_interrupted: { case: 1, why: 'absent' },
  lookup_executed: {
    case: 1,
    report: digest,
    scanned: 9000,
    opened: 500,
    kept: 20,
    faults: 0,
    until: 1_796_000_000_000,
  },
  report_viewed: { case: 1, auditor: 1 },
  export_proposed: { case: 1, auditor: 1 },
  report_exported: { case: 1, auditor: 2 },
  extension_proposed: { case: 1, auditor: 1 },
  report_extended: { case: 1, auditor: 2, until: 1_796_000_000_000 },
  report_shredded: { case: 1 },
  lookup_closed: { case: 1, auditor: 1, result: 'confirmed', papers: digest, paper: digest, told: 'deferred' },
  lookup_ended: { case: 1, told: 'none' },
  subject_notified: { case: 1, people: 2 },
  notice_deferred: { case: 1, until: 1_796_000_000_000 },
  lock_proposed: { lock: 1, case: 1, auditor: 1 },
  lock_confirmed: { lock: 1, auditor: 2 },
  lift_proposed: { lock: 1, case: 1, auditor: 1 },
  lock_lifted: { lock: 1, auditor: 2 },
  lock_emergency: { lock: 2 },
  lock_lapsed: { lock: 2 },
  lock_withdrawn: { lock: 2, auditor: 1 },
  office_granted: { office: 'head' },
  office_ended: { office: 'observer' },
  heartbeat: {},
  clock_step: { before: 1_795_000_000_000, after: 1_795_000_100_000, doubt: 'none' },
  clock_confirmed: { by: 'admin' },
  restore_detected: { generation: 2, old_size: 90, new_size: 80 },
  restore_acknowledged: { auditor: 1 },
  verify_ok: { records: 120_000 },
  verify_failed: { seg: 7 },
  config_changed: { retention_days: 90, reason: 'none' },
  software_changed: { version: '1.2.3', tree: digest },
}
const lineOf = (k: EntryKind, fields: Fields = lines[k]) => ({ t: 1_795_000_000_000, k, ...fields })

/** What belongs to a person and must get into no field: as text, in a list, in an object, and in other spellings. */
const personal: readonly string[] = [
  ...[...cast, ...children, ...onPaper].flatMap(({ given_name, family_name }) => [
    given_name,
    family_name,
    given_name.toLowerCase(),
    `${given_name} ${family_name}`,
  ]),
  ...cast.map(loginOf),
  ...['Gartenweg 3, 12345 Auental', '030 23125 040', '+493023125040', '2015-05-04', 'ada', '10.2.3.4'],
  ...['fd12:3456:789a::1', '::ffff:10.2.3.4', 'Mozilla/5.0 (X11; Linux x86_64)', 'letter.read', 'Verdacht auf Mobbing'],
  ...Array.from({ length: 20 }, newId),
]
const nothing: readonly unknown[] = [undefined, null, true, false, '', ' ', {}, [], [[]], -1, 0.5, Number.NaN]
const almost: readonly unknown[] = [
  Infinity,
  2 ** 53,
  '1',
  '0x1',
  1n,
  digest.toUpperCase(),
  digest.slice(2),
  `${digest}a0`,
]
const inside = (value: unknown) => [
  value,
  [value],
  { value },
  [[1, 1, value]],
  [[value, 1, digest]],
  [[1, 1, digest, value]],
]
const impossible: readonly unknown[] = [
  ...nothing,
  ...almost,
  ...['none ', 'Admin', 'given\n', `${digest}\n`, 'toString', '__proto__'],
  ...personal.flatMap(inside),
]
/** An empty list of shares is right, where there are none. */
const fits = (k: EntryKind, name: string, value: unknown) =>
  ['period_opened', 'shares_reissued'].includes(k) && name === 'shares' && Array.isArray(value) && value.length === 0

t.test('L23: each kind has its fields, and they are numbers, hashes or words from a closed list', t => {
  t.same(Object.keys(lines), entryKinds)
  for (const k of entryKinds) {
    t.equal(entryProblem(lineOf(k)), null, k)
    t.same(parseEntry(JSON.stringify(lineOf(k))), lineOf(k), k)
  }
  for (const doubt of ['none', 'behind', 'ahead'])
    t.equal(entryProblem(lineOf('clock_step', { ...lines.clock_step, doubt })), null)
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'))
  for (const one of [version, '10.0.12', '1.0.0-rc.1'])
    t.equal(entryProblem(lineOf('software_changed', { version: one, tree: digest })), null, 'versions')
  for (const host of [
    'localhost',
    'portal.schule-auental.example',
    '192.168.10.4',
    '[fd00::1]',
    'xn--mnchen-3ya.example',
  ])
    t.equal(
      entryProblem(lineOf('instance_created', { ...lines.instance_created, name: `${host}/audit/0f0f0f0f` })),
      null,
      'hosts',
    )
  t.end()
})

t.test('L23: no name, address, e-mail, id of a person or text gets into any field of any kind', t => {
  let tried = 0
  for (const k of entryKinds) {
    for (const name of ['t', 'k', ...Object.keys(lines[k])]) {
      for (const value of impossible) {
        if (fits(k, name, value)) continue
        tried += 1
        if (entryProblem({ ...lineOf(k), [name]: value }) === null) t.fail(`${k} takes ${name}: ${String(value)}`)
      }
    }
  }
  t.ok(tried > 30_000, `${tried} tried`)
  t.end()
})

t.test('L23: nor into a field that a kind does not have, whatever it is called and wherever it stands', t => {
  for (const k of entryKinds) {
    const line = lineOf(k)
    const names = ['name', 'person', 'subject', 'ip', 'd', '', ',', '0', 'T', 'constructor', '__proto__', 'toJSON', 'é']
    const others = entryKinds.flatMap(other => Object.keys(lines[other])).filter(name => !Object.hasOwn(line, name))
    for (const extra of [...names, ...others]) {
      for (const value of ['Ada Albers', 1, digest, undefined]) {
        const own = Object.defineProperty({}, extra, { value, enumerable: true }) as Fields
        for (const changed of [
          { ...line, ...own },
          { ...own, ...line },
        ])
          if (entryProblem(changed) === null) t.fail(`${k} takes a field "${extra}"`)
      }
      const text = JSON.stringify(line).replace('{', `{${JSON.stringify(extra)}:"Ada Albers",`)
      if (parseEntry(text) !== null) t.fail(`${k} is read with a field "${extra}"`)
    }
    for (const name of Object.keys(line)) {
      const { [name as 't']: _, ...rest } = line
      if (entryProblem(rest) === null) t.fail(`${k} needs no ${name}`)
    }
  }
  t.pass('each kind takes its own fields alone')
  t.end()
})

t.test('L23: a line is read in the one spelling that the writer gives it', t => {
  for (const k of entryKinds) {
    const line = lineOf(k)
    const body = JSON.stringify(line)
    const keys = Object.keys(line)
    const reordered = keys.flatMap((_, from) =>
      keys.slice(from + 1).map((_, more) => {
        const order = [...keys]
        const to = from + 1 + more
        ;[order[from], order[to]] = [order[to] as string, order[from] as string]
        return JSON.stringify(Object.fromEntries(order.map(name => [name, line[name as 't']])))
      }),
    )
    const first = `"t":${line.t}`
    const spellings = [
      ...reordered,
      ...[` ${body}`, `${body} `, `${body}\n`, `\ufeff${body}`, body.replace('{', '{ '), body.replaceAll(':', ': ')],
      ...[body.replaceAll(',', ',\n'), body.replace('}', ',}'), `[${body}]`, JSON.stringify(body), body.slice(0, -1)],
      // The same field twice: the last one counts for most readers, the first one for some.
      ...[body.replace(first, `${first},${first}`), body.replace(first, `"t":"Ada Albers",${first}`)],
      ...[
        body.replace(first, '"t":1795e9'),
        body.replace(first, '"t":1795000000000.0'),
        body.replace('"t"', '"\\u0074"'),
      ],
      ...(line.k === 'heartbeat' ? [body.replace(first, '"t":-0'), body.replace(first, '"t":01')] : []),
    ]
    for (const spelling of spellings) if (parseEntry(spelling) !== null) t.fail(`${k} is read from ${spelling}`)
  }
  for (const junk of [
    '',
    'null',
    '0',
    '"heartbeat"',
    '[]',
    '{}',
    '{"t":1}',
    '{"t":1,"k":"toString"}',
    '{"k":"heartbeat"}',
  ])
    t.equal(parseEntry(junk), null, junk)
  t.end()
})
