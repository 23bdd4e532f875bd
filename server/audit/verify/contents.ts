import type { DatabaseSync } from 'node:sqlite'
import { auditorHash, firstHead, nextHead, shareHash } from '../formats/layout.ts'
import { checkCases } from './case-rows.ts'
import type { History } from './history.ts'
import { broken, checkSame, type Row, rows } from './rows.ts'

const suite = 'x25519-sha256/hkdf-sha256/aes-256-gcm'
const threshold = 2
const lengths = { enc: 32, key: 48, share: 49 }

const hex = (bytes: Buffer): string => bytes.toString('hex')

/** Whatever stands in these tables follows from the ledger, or is named there by a hash. */
export function checkRegisters(database: DatabaseSync, history: History): void {
  checkSame(
    rows(database, 'audit_instance', 'id').map(row => [hex(row.id), row.name, row.gen, row.created_at]),
    [[history.instance, history.name, history.generation, history.createdAt]],
    'Protokoll',
  )
  checkSame(
    rows(database, 'audit_auditor', 'id').map(row => {
      const { id, state, enrolled_idx, revoked_idx } = row
      return [id, hex(auditorHash(row)), state, enrolled_idx, revoked_idx]
    }),
    history.openers.auditors.map(({ idx, row, revoked }, index) => {
      return [index + 1, row, revoked === null ? 'active' : 'revoked', idx, revoked]
    }),
    'Prüfende Person',
  )
  checkSame(
    rows(database, 'audit_period', 'id').map(row => {
      const { id, month, pk, n, opened_idx, shredded_idx } = row
      return [id, month, hex(pk), n, opened_idx, shredded_idx, row.t, row.suite]
    }),
    history.openers.periods.map(({ idx, month, pk, n, shredded }, index) => {
      return [index + 1, month, pk, n, idx, shredded, threshold, suite]
    }),
    'Zeitraum',
  )
  checkSame(
    rows(database, 'audit_share', 'period_id, share_no').map(row => {
      const { period_id, gen, auditor_id, share_no, enc, sealed } = row
      return [`${period_id}/${share_no}`, auditor_id, hex(shareHash(enc, sealed)), gen, enc.length, sealed.length]
    }),
    history.openers.periods.flatMap(({ gen, shares, shredded }, index) =>
      (shredded === null ? shares : []).map(([auditor, no, sha]) => {
        return [`${index + 1}/${no}`, auditor, sha, gen, lengths.enc, lengths.share]
      }),
    ),
    'Anteil',
  )
  checkSame(
    rows(database, 'audit_hold', 'case_id, hour_from').map(({ case_id, hour_from, hour_to, until }) => {
      return [`${case_id}/${hour_from}`, case_id, hour_from, hour_to, until]
    }),
    [...history.cases.holds.values()]
      .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      .map(hold => [`${hold[0]}/${hold[1]}`, ...hold]),
    'Sperre',
  )
  checkCases(database, history.cases)
}

export interface Counts {
  records: number
  segments: number
  pruned: number
}

/** Every segment is the one that the ledger names, and holds exactly the records that lead to its head. */
export function checkSegments(database: DatabaseSync, history: History): Counts {
  const counts: Counts = { records: 0, segments: 0, pruned: 0 }
  let id = 0
  for (const row of rows(database, 'audit_segment', 'id')) {
    id += 1
    if (row.id !== id) broken(`Abschnitt ${id} fehlt`)
    const pruned = checkPlace(row, history)
    const { n, head } = readRecords(database, row, history, pruned)
    if (n !== (pruned ? 0 : row.n)) broken(`Abschnitt ${id} hat ${n} Aufzeichnungen, verzeichnet sind ${row.n}`)
    if (!pruned && !head.equals(row.head)) broken(`Abschnitt ${id}: Eine Aufzeichnung wurde verändert`)
    counts.records += n
    counts[pruned ? 'pruned' : 'segments'] += 1
  }
  if (history.segments.length > id) broken(`Abschnitt ${id + 1} fehlt`)
  for (const { seg } of rows(database, 'audit_rec', 'seg', 'seg < 1 OR seg > ?', id))
    broken(`Zu Abschnitt ${seg} gibt es Aufzeichnungen, aber nicht ihn selbst`)
  return counts
}

/** The row against the line that closed the segment; only the last one may still be open. Returns whether it is pruned. */
function checkPlace(row: Row<'audit_segment'>, history: History): boolean {
  const { id, period_id, hour, n, head, state, closed_idx, enc, sealed } = row
  const closing = history.segments[id - 1]
  const pruned = closing?.pruned === true
  if (!closing) {
    if (id > history.segments.length + 1) broken(`Abschnitt ${id - 1} ist im Verzeichnis nicht verzeichnet`)
    history.placeSegment(id, period_id, hour)
  }
  checkSame(
    [[id, period_id, hour, n, hex(head), state, closed_idx, row.suite, enc?.length, sealed?.length]],
    [
      [
        id,
        ...(closing ? [closing.period, closing.hour, closing.n, closing.head] : [period_id, hour, n, hex(head)]),
        ...(closing ? [pruned ? 'pruned' : closing.state, closing.idx] : ['open', null]),
        ...[suite, pruned ? undefined : lengths.enc, pruned ? undefined : lengths.key],
      ],
    ],
    'Abschnitt',
  )
  return pruned
}

function readRecords(
  database: DatabaseSync,
  row: Row<'audit_segment'>,
  history: History,
  pruned: boolean,
): { n: number; head: Buffer } {
  const { id, period_id: period, hour, enc, sealed } = row
  let n = 0
  let head = row.head
  if (!pruned && enc && sealed)
    head = firstHead(Buffer.from(history.instance, 'hex'), { id, period, hour }, enc, sealed)
  for (const record of rows(database, 'audit_rec', 'i', 'seg = ?', id)) {
    const { i, ab, ob, ct } = record
    if (pruned) broken(`Abschnitt ${id} ist gelöscht, hat aber noch Aufzeichnungen`)
    if (i !== n) broken(`Abschnitt ${id}: Aufzeichnung ${n} fehlt oder steht an falscher Stelle`)
    if (ab < 0 || ab > 0xf || ob < 0 || ob > 0xffff) broken(`Abschnitt ${id}: Aufzeichnung ${n} wurde verändert`)
    head = nextHead(head, record, ct)
    n += 1
  }
  return { n, head }
}
