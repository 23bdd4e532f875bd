import type { DatabaseSync } from 'node:sqlite'
import { type SegmentPlace, shareAad } from '../formats/layout.ts'
import { deriveKeyPair, type KeyPair, open } from '../sealing/hpke.ts'
import { SegmentReading } from '../sealing/segment.ts'
import { combine } from '../sealing/shares.ts'
import type { TestAuditor } from './small-log.ts'

/** What two auditors find in a segment; `texts` is null where it was pruned or can be opened by nobody. */
export interface Found extends SegmentPlace {
  readonly state: string
  readonly n: number
  readonly texts: readonly string[] | null
}

const bytes = (value: unknown): Buffer => {
  if (!(value instanceof Uint8Array)) throw new TypeError('no bytes')
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

/** Opens segments as two of these auditors can, in order, and refuses what is not as it was sealed. */
export class Reading {
  readonly #database: DatabaseSync
  readonly #auditors: readonly TestAuditor[]
  readonly #instance: Buffer
  readonly #periods = new Map<number, KeyPair | null>()

  constructor(database: DatabaseSync, auditors: readonly TestAuditor[]) {
    this.#database = database
    this.#auditors = auditors
    this.#instance = bytes(database.prepare('SELECT id FROM audit_instance').get()?.id)
  }

  /** All segments from this number on. */
  async segments(from = 1): Promise<Found[]> {
    const rows = this.#database.prepare('SELECT * FROM audit_segment WHERE id >= ? ORDER BY id').all(from)
    const found: Found[] = []
    for (const row of rows) {
      const place = { id: Number(row.id), period: Number(row.period_id), hour: Number(row.hour) }
      const pair = row.state === 'pruned' ? null : await this.#pairOf(place.period)
      const texts = pair && (await this.#open(pair, { ...place, enc: bytes(row.enc), sealed: bytes(row.sealed) }, row))
      found.push({ ...place, state: String(row.state), n: Number(row.n), texts })
    }
    return found
  }

  async #open(
    pair: KeyPair,
    segment: SegmentPlace & { enc: Buffer; sealed: Buffer },
    row: Record<string, unknown>,
  ): Promise<string[]> {
    const reading = await SegmentReading.start(this.#instance, pair, segment)
    const texts: string[] = []
    for (const record of this.#database.prepare('SELECT * FROM audit_rec WHERE seg = ? ORDER BY i').all(segment.id)) {
      const tags = { i: Number(record.i), ab: Number(record.ab), ob: Number(record.ob) }
      if (tags.i !== reading.n) throw new Error(`segment ${segment.id} lacks record ${reading.n}`)
      const text = reading.next({ ...tags, ct: bytes(record.ct) }, 0xffff)
      if (text !== null) texts.push(text)
    }
    if (!reading.head.equals(bytes(row.head)) || reading.n !== Number(row.n) || texts.length !== reading.n)
      throw new Error(`segment ${segment.id} is not what its row says`)
    reading.wipe()
    return texts
  }

  /** The key of a period, from the first two shares that are there; null where there are none. */
  async #pairOf(period: number): Promise<KeyPair | null> {
    const known = this.#periods.get(period)
    if (known !== undefined) return known
    const row = this.#database.prepare('SELECT pk, n FROM audit_period WHERE id = ?').get(period)
    const pk = bytes(row?.pk)
    const shares = this.#database
      .prepare(
        'SELECT auditor_id, share_no, enc, sealed FROM audit_share WHERE period_id = ? ORDER BY random() LIMIT 2',
      )
      .all(period)
    const parts = await Promise.all(
      shares.map(share => {
        const auditor = this.#auditors.find(one => one.row.id === share.auditor_id)
        if (!auditor) throw new Error(`a share for nobody: ${share.auditor_id}`)
        const aad = shareAad(period, auditor.row.id, Number(share.share_no), Number(row?.n), pk)
        const sealed = { enc: bytes(share.enc), sealed: bytes(share.sealed) }
        return open(auditor.pair, 'share', this.#instance, aad, sealed)
      }),
    )
    const [one, other] = parts
    const pair = one && other ? await deriveKeyPair(await combine(one, other)) : null
    if (pair && !pair.publicKey.equals(pk)) throw new Error(`the shares of period ${period} give another key`)
    if (!pair && Number(row?.n) > 0) throw new Error(`period ${period} has lost its shares`)
    this.#periods.set(period, pair)
    return pair
  }
}
