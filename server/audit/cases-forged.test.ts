import t, { type Test } from 'tap'
import { quickFolder } from '../test/folder.ts'
import { linesOf, rewrite, ToldLog } from '../test/told-log.ts'
import type { Entry, EntryKind } from './formats/entries.ts'
import { hashOf, requestOf, reviewOf, stepsTo } from './test/small-case.ts'

const day = 24 * 3_600_000
const start = '2026-11-10T07:00:00Z'
const refused = (where: RegExp) => ({ whole: false, where })
type Change = (lines: Entry[]) => readonly (Entry | Record<string, unknown>)[]

/** A closed case whose report is there, one that was shredded, one that is approved; an auditor who left, new shares. */
async function schoolLog(t: Test) {
  const log = new ToldLog(quickFolder(t), start)
  await log.enrol(4)
  await log.append(2)
  const writer = await log.writer()
  const auditors = [1, 2, 3, 4]
  for (const step of stepsTo('close', 1, log.moment, auditors).filter(({ step }) => !/extend|extension/.test(step))) {
    await writer.step(step, log.moment)
    log.now += 1000
  }
  log.now += 15 * day
  await writer.note('clock_confirmed', { by: 'admin' }, log.moment)
  await writer.step({ step: 'shred', case: 1 }, log.moment)
  for (const step of stepsTo('execute', 2, log.moment, auditors)) await writer.step(step, log.moment)
  await writer.appoint({ step: 'revoke', auditor: 4 }, log.moment)
  await writer.step(requestOf(3, log.moment), log.moment)
  await writer.step(reviewOf(3, 'approve'), log.moment)
  await writer.step({ step: 'present', case: 3, auditor: 1 }, log.moment)
  await log.close()
  t.match(log.verify(), { whole: true })
  const origin = log.anchor?.split('\n')[0] ?? ''
  /** A ledger in which every signature is right, written by whoever owns the box. */
  const told = (change: Change, sql = '') =>
    log.forged(
      database => {
        rewrite(database, change(linesOf(database)) as Entry[], origin, log.key)
        database.exec(sql)
      },
      { anchor: null, witnesses: [] },
    )
  const changed =
    (k: EntryKind, fields: Record<string, unknown>, id = 1): Change =>
    lines =>
      lines.map(line => (line.k === k && line.case === id ? { ...line, ...fields } : line))
  const without =
    (k: EntryKind, id = 1): Change =>
    lines =>
      lines.map(line => (line.k === k && line.case === id ? { t: line.t, k: 'heartbeat' } : line))
  const added =
    (k: EntryKind, fields: Record<string, unknown>): Change =>
    lines => [...lines, { t: lines.at(-1)?.t ?? 0, k, ...fields }]
  return { log, told, changed, without, added }
}

t.test('a case whose steps cannot follow is a broken ledger, though every signature is right', async t => {
  const { told, changed, without, added } = await schoolLog(t)
  const sha = hashOf('another')
  const cases: Record<string, [Change, RegExp]> = {
    'opened without a request': [without('lookup_requested'), /so darf kein Vorgang etwas aufbewahren/],
    'opened without approval (OpenBao 3666)': [without('lookup_approved'), /kann hier nicht folgen/],
    'approved by who asked': [changed('lookup_approved', { reviewer: 1 }), /beide Male dieselbe Person/],
    'approved by nobody': [changed('lookup_approved', { reviewer: 0 }), /durfte das nicht/],
    'approved by somebody who is no auditor': [changed('lookup_approved', { reviewer: 9 }), /durfte das nicht/],
    'opened without shares': [without('share_presented'), /nicht zwei Anteile/],
    'opened with one share': [
      lines => lines.filter(line => line.k !== 'share_presented' || line.case !== 1 || line.auditor !== 2),
      /nicht zwei Anteile/,
    ],
    'the same share twice': [changed('share_presented', { auditor: 1 }), /nicht zwei Anteile/],
    'a share of a third': [changed('share_presented', { auditor: 3 }), /durfte das nicht/],
    'a share of somebody who is suspended': [
      lines =>
        lines.flatMap(line =>
          line.k === 'share_presented' && line.case === 1 && line.auditor === 2
            ? [{ t: line.t, k: 'auditor_suspended', auditor: 2 }, line]
            : [line],
        ),
      /durfte das nicht/,
    ],
    'reinstated though nobody was suspended': [added('auditor_reinstated', { auditor: 2 }), /war es schon/],
    'suspended though they had left': [added('auditor_suspended', { auditor: 4 }), /prüfte damals nicht/],
    'opened twice': [
      lines => lines.flatMap(line => (line.k === 'lookup_executed' ? [line, line] : [line])),
      /kann hier nicht folgen/,
    ],
    'opened after an interruption by who came before it': [
      lines =>
        lines.flatMap(line =>
          line.k === 'lookup_executed'
            ? [{ t: line.t, k: 'lookup_interrupted', case: line.case, why: 'late' }, line]
            : [line],
        ),
      /nicht zwei Anteile/,
    ],
    'a head who should have agreed': [changed('lookup_requested', { head: 1 }), /Schulleitung/],
    'a head who was not asked': [added('lookup_endorsed', { case: 3 }), /schon geschehen/],
    'more time to decide': [changed('lookup_requested', { until: 2_000_000_000_000 }), /diese Frist ist falsch/],
    'more time to open': [changed('lookup_approved', { until: 2_000_000_000_000 }), /diese Frist ist falsch/],
    'more time to read': [changed('lookup_executed', { until: 2_000_000_000_000 }), /diese Frist ist falsch/],
    'a number that is taken': [changed('lookup_requested', { case: 1 }, 2), /nicht an der Reihe/],
    'another name': [changed('lookup_requested', { no: '2026-009' }), /nicht an der Reihe/],
    'a request of nobody': [changed('lookup_requested', { requester: 8 }), /durfte das nicht/],
    'another window': [changed('lookup_requested', { from: 1, to: 2 }), /aufbewahren/],
    'more than a month': [changed('lookup_requested', { from: 1 }), /Zeitraum ist zu weit/],
    'another request': [changed('lookup_requested', { request: sha }), /Vorgang 1 ist anders/],
    'another category': [changed('lookup_requested', { category: 'tampering' }), /Vorgang 1 ist anders/],
    'another result': [changed('lookup_closed', { result: 'confirmed' }), /Vorgang 1 ist anders/],
    'another review': [changed('lookup_approved', { papers: sha }), /Unterlage 1\/review ist anders/],
    'other papers': [changed('lookup_requested', { papers: sha }), /Unterlage 1\/request ist anders/],
    'another report': [changed('lookup_executed', { report: sha }, 2), /Bericht 2 ist anders/],
    'a report read by a third': [changed('report_viewed', { auditor: 3 }), /durfte das nicht/],
    'printed by one': [changed('report_exported', { auditor: 1 }), /beide Male dieselbe Person/],
    'printed though nobody proposed it': [without('export_proposed'), /niemand vorgeschlagen/],
    'kept for longer though nobody proposed it': [
      added('report_extended', { case: 2, auditor: 1, until: 1_797_000_000_000 }),
      /niemand vorgeschlagen/,
    ],
    'deleted before its time': [added('report_shredded', { case: 2 }), /noch nicht vorbei/],
    'deleted, but it is there': [without('report_shredded'), /Vorgang 1 ist anders/],
    'told before it was closed': [added('subject_notified', { case: 3, people: 1 }), /kann hier nicht folgen/],
    'ended by the portal before its time': [added('lookup_ended', { case: 2, told: 'none' }), /noch nicht vorbei/],
    'ended by the portal, though it was closed': [added('lookup_ended', { case: 1, told: 'none' }), /nicht folgen/],
    'deleted while the clock was in doubt': [
      lines =>
        lines.flatMap(line =>
          line.k === 'report_shredded'
            ? [{ t: line.t, k: 'clock_step', before: line.t, after: line.t, doubt: 'ahead' }, line]
            : [line],
        ),
      /an der Uhr bestand Zweifel/,
    ],
    'expired too early': [added('lookup_expired', { case: 3 }), /noch nicht vorbei/],
    'ended by a third': [added('lookup_cancelled', { case: 3, auditor: 3 }), /durfte das nicht/],
    'ended by somebody who left': [added('lookup_cancelled', { case: 3, auditor: 4 }), /durfte das nicht/],
    'ended, but it still holds': [added('lookup_cancelled', { case: 3, auditor: 1 }), /Vorgang 3 ist anders/],
    'held by a case that is over': [
      added('hold_set', { case: 1, from: 1, to: 2, until: 3 }),
      /so darf kein Vorgang etwas aufbewahren/,
    ],
    'a case that holds nothing': [without('hold_set', 3), /Sperre 3.* nicht verzeichnet/],
    'a lock of one': [added('lock_confirmed', { lock: 1, auditor: 1 }), /kann hier nicht folgen/],
    'a lock without a case': [added('lock_proposed', { lock: 1, case: 9, auditor: 1 }), /diesen Vorgang gibt es nicht/],
    'a drill of somebody who left': [added('drill_passed', { auditor: 4 }), /prüfte damals nicht/],
  }
  for (const [name, [change, where]] of Object.entries(cases)) t.match(told(change), refused(where), name)
  t.match(
    told(lines => lines),
    refused(/Anker fehlt/),
    'and with nothing changed only the anchor is missing',
  )
})

t.test('a case that ends in the ledger and goes on holding in the file is told', async t => {
  const { told, added } = await schoolLog(t)
  const ended = told(
    added('lookup_cancelled', { case: 3, auditor: 1 }),
    `
    UPDATE audit_case SET state = 'cancelled', closed_at = (SELECT max(body ->> 't') FROM audit_ledger) WHERE id = 3`,
  )
  t.match(ended, refused(/Was er aufbewahrt, stimmt nicht/))
})

t.test('L7, L8: what is sealed in a case cannot be changed, taken away or moved to another one', async t => {
  const { log } = await schoolLog(t)
  const changes: Record<string, [string, RegExp]> = {
    'another scope after the approval': ['UPDATE audit_case SET hour_from = hour_from - 500 WHERE id = 3', /Vorgang 3/],
    'another request after the approval': ['UPDATE audit_case SET request = zeroblob(32) WHERE id = 3', /Vorgang 3/],
    'approved in the table alone': ["UPDATE audit_case SET state = 'executed' WHERE id = 3", /Vorgang 3/],
    'a case more': [
      `INSERT INTO audit_case SELECT 4, '2026-004', category, requester, reviewer, state, request, hour_from, hour_to, until,
        head, requested_at, decided_at, executed_at, closed_at, result, report, export_by, exported, extension_by, told,
        deferred_until FROM audit_case WHERE id = 3`,
      /Vorgang 4/,
    ],
    'a case less': ['DELETE FROM audit_case WHERE id = 2', /Vorgang 2/],
    'a paper less': ["DELETE FROM audit_paper WHERE case_id = 1 AND kind = 'review' AND auditor_id = 3", /1\/review/],
    'papers of an auditor who came later': [
      "INSERT INTO audit_paper SELECT 3, 'request', 4, enc, sealed FROM audit_paper WHERE case_id = 1 AND auditor_id = 4 AND kind = 'request'",
      /3\/request/,
    ],
    'a paper of another case': [
      `UPDATE audit_paper SET (enc, sealed) = (SELECT enc, sealed FROM audit_paper AS b WHERE b.case_id = 1
        AND b.kind = 'request' AND b.auditor_id = 1) WHERE case_id = 2 AND kind = 'request' AND auditor_id = 1`,
      /2\/request/,
    ],
    'papers exchanged between two auditors': [
      "UPDATE audit_paper SET auditor_id = CASE auditor_id WHEN 1 THEN 2 ELSE 1 END WHERE case_id = 1 AND kind = 'result' AND auditor_id < 3",
      /1\/result|UNIQUE/,
    ],
    'a review as a request': ["UPDATE audit_paper SET kind = 'result' WHERE case_id = 3 AND kind = 'review'", /3\/re/],
    'another report': ['UPDATE audit_report SET ct = zeroblob(length(ct))', /Bericht 2/],
    'another nonce': ['UPDATE audit_report SET nonce = zeroblob(12)', /Bericht 2/],
    'no report': ['DELETE FROM audit_report', /Bericht 2/],
    'a key less': ['DELETE FROM audit_report_key WHERE auditor_id = 2', /Bericht 2/],
    'a key for a third': [
      'INSERT INTO audit_report_key SELECT case_id, 3, enc, sealed FROM audit_report_key WHERE auditor_id = 2',
      /Bericht 2/,
    ],
    'a report that was deleted': ['INSERT INTO audit_report SELECT 1, ct, nonce FROM audit_report', /Bericht/],
    'keys of a report that was deleted': [
      'INSERT INTO audit_report_key SELECT 1, auditor_id, enc, sealed FROM audit_report_key',
      /Bericht/,
    ],
    'a hold that goes on': ['UPDATE audit_hold SET until = until + 1', /Sperre/],
    'a share of somebody who left': [
      `INSERT INTO audit_share SELECT period_id, gen, 4, 9, enc, sealed FROM audit_share WHERE auditor_id = 3 LIMIT 1`,
      /Anteil/,
    ],
    'an auditor who never left': [
      "UPDATE audit_auditor SET state = 'active', revoked_idx = NULL WHERE id = 4",
      /Prüfende Person 4/,
    ],
    'an auditor who left': ["UPDATE audit_auditor SET state = 'revoked', revoked_idx = 5 WHERE id = 3", /Person 3/],
    'another wrapped key': ['UPDATE audit_auditor SET wrapped = zeroblob(48) WHERE id = 1', /Person 1/],
  }
  for (const [name, [sql, where]] of Object.entries(changes))
    try {
      t.match(
        log.forged(database => database.exec(sql)),
        refused(where),
        name,
      )
    } catch (error) {
      t.match(String(error), /UNIQUE/, name)
    }
})

t.test('shares after a revocation, a new passphrase, new shares: only what the ledger says', async t => {
  const { told, added } = await schoolLog(t)
  const sha = hashOf('another')
  const shares = (...auditors: number[]) => auditors.map((auditor, index) => [auditor, index + 1, sha])
  const reissued = (gen: number, ...auditors: number[]) =>
    added('shares_reissued', { period: 1, gen, n: auditors.length, shares: shares(...auditors) })
  const opened = (...auditors: number[]) =>
    added('period_opened', { period: 2, month: '2026-12', pk: sha, n: auditors.length, shares: shares(...auditors) })
  const cases: Record<string, [Change, RegExp]> = {
    'a new month with somebody who left': [opened(1, 2, 4), /Anteile am Schlüssel stimmen nicht/],
    'a new month for two': [opened(1, 2), /Anteile am Schlüssel stimmen nicht/],
    'new shares for somebody who left': [reissued(1, 1, 2, 4), /Anteile am Schlüssel stimmen nicht/],
    'new shares for two': [reissued(1, 1, 2), /Anteile am Schlüssel stimmen nicht/],
    'new shares for nobody': [reissued(1), /Anteile am Schlüssel stimmen nicht/],
    'two shares for one': [reissued(1, 1, 2, 2), /Anteile am Schlüssel stimmen nicht/],
    'a generation left out': [reissued(2, 1, 2, 3), /konnte so niemand verteilen/],
    'the same generation again': [reissued(0, 1, 2, 3), /konnte so niemand verteilen/],
    'new shares that are not there': [reissued(1, 1, 2, 3), /ist anders/],
    'a revocation without effect': [added('auditor_revoked', { auditor: 3 }), /Prüfende Person 3/],
    'revoked twice': [added('auditor_revoked', { auditor: 4 }), /prüfte damals nicht/],
    'a passphrase that is not there': [added('passphrase_changed', { auditor: 1, row: sha }), /Prüfende Person 1/],
    'a passphrase of somebody who left': [added('passphrase_changed', { auditor: 4, row: sha }), /prüfte damals nicht/],
  }
  for (const [name, [change, where]] of Object.entries(cases)) t.match(told(change), refused(where), name)
})
