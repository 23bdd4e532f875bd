import { hash } from 'node:crypto'

/**
 * The bytes that the sealed log hashes and authenticates. Writer, look-up and verifier build them here, so that
 * they cannot drift apart. Numbers are big-endian.
 */

export const hour = 3_600_000
/** Hours since 1970, UTC: the only time of a segment that stands in clear. */
export const hourOf = (ms: number): number => Math.floor(ms / hour)
/** The month of an hour, `YYYY-MM` in UTC, so that it needs no time zone to be checked. */
export const monthOf = (hours: number): string => new Date(hours * hour).toISOString().slice(0, 7)

export const sha256 = (...parts: readonly (string | Buffer)[]): Buffer =>
  hash('sha256', Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part))), 'buffer')

export function u64(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length)
  numbers.forEach((number, index) => void bytes.writeBigUInt64BE(BigInt(number), 8 * index))
  return bytes
}

export interface SegmentPlace {
  readonly id: number
  readonly period: number
  readonly hour: number
}

/** What the sealed key of a segment is bound to: it opens nothing under another number, period or hour. */
export const segmentAad = (segment: SegmentPlace): Buffer => u64(segment.id, segment.period, segment.hour)

/** Where the chain of a segment begins: everything that its row says from the start, the hour included. */
export const firstHead = (instance: Buffer, segment: SegmentPlace, enc: Buffer, sealed: Buffer): Buffer =>
  sha256('pforte-seg/1', instance, u64(segment.id, segment.period, segment.hour), enc, sealed)

/** The clear part of a record: place, bucket of who acted (4 bits), mask of what it concerns (16 bits). */
export interface RecordTags {
  readonly i: number
  readonly ab: number
  readonly ob: number
}

const tagBytes = 7

function writeTags(into: Buffer, at: number, { i, ab, ob }: RecordTags): void {
  into.writeUInt32BE(i, at)
  into.writeUInt8(ab, at + 4)
  into.writeUInt16BE(ob, at + 5)
}

/** The chain goes on over everything of a record that is stored: clear tags and ciphertext. */
export function nextHead(head: Buffer, tags: RecordTags, ct: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(32 + tagBytes + ct.length)
  head.copy(bytes, 0)
  writeTags(bytes, 32, tags)
  ct.copy(bytes, 32 + tagBytes)
  // By way of hex: Node hands a short text over three times as fast as bytes, and this is done for every record.
  return Buffer.from(hash('sha256', bytes, 'hex'), 'hex')
}

const recordLabel = Buffer.from('pforte-rec/1')

/** What a record's ciphertext is bound to: the log, its segment, its place, its tags and all records before it. */
export function recordAad(instance: Buffer, segment: number, tags: RecordTags, head: Buffer): Buffer {
  const start = recordLabel.length
  const bytes = Buffer.allocUnsafe(start + 16 + 8 + tagBytes + 32)
  recordLabel.copy(bytes, 0)
  instance.copy(bytes, start)
  bytes.writeBigUInt64BE(BigInt(segment), start + 16)
  writeTags(bytes, start + 24, tags)
  head.copy(bytes, start + 24 + tagBytes)
  return bytes
}

/** What an auditor's share is bound to. */
export const shareAad = (period: number, auditor: number, no: number, n: number, pk: Buffer): Buffer =>
  Buffer.concat([u64(period, auditor, no, n), sha256(pk)])

/** How the ledger names a share, without holding it. */
export const shareHash = (enc: Buffer, sealed: Buffer): Buffer => sha256('pforte-share/1', enc, sealed)

export interface AuditorRow {
  readonly id: number
  readonly account_id: string
  readonly person: string
  readonly office: string
  readonly trained_on: string
  readonly pub: Buffer
  readonly wrapped: Buffer
  readonly nonce: Buffer
  readonly salt: Buffer
  readonly kdf: string
}

/** The numbers of those auditors whose row is missing, too many, or not the one that the ledger names by its hash. */
export function differing(rows: readonly AuditorRow[], named: ReadonlyMap<number, string>): number[] {
  const found = new Map(rows.map(row => [row.id, auditorHash(row).toString('hex')]))
  const numbers = new Set([...found.keys(), ...named.keys()])
  return [...numbers].filter(id => found.get(id) !== named.get(id)).sort((a, b) => a - b)
}

/** How the ledger names everything that stands about an auditor, wrapped key included. */
export const auditorHash = (row: AuditorRow): Buffer =>
  sha256(
    'pforte-auditor/1',
    JSON.stringify([
      row.id,
      row.account_id,
      row.person,
      row.office,
      row.trained_on,
      ...[row.pub, row.wrapped, row.nonce, row.salt].map(bytes => bytes.toString('hex')),
      row.kdf,
    ]),
  )
