import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import { firstHead, nextHead, type RecordTags, recordAad, type SegmentPlace, segmentAad } from '../formats/layout.ts'
import { type KeyPair, open, type Sealed, seal } from './hpke.ts'

/** What is to be sealed: the record as JSON, who acted, and every id that it concerns. */
export interface Sealable {
  readonly body: string
  readonly actor: string
  readonly concerned: readonly string[]
}

/** A record as it is stored. */
export interface StoredRecord extends RecordTags {
  readonly ct: Buffer
}

/** A segment's row: its place, and its key sealed to the period. */
export interface SealedSegment extends SegmentPlace, Sealed {}

/** Lengths of the plaintext, in bytes: who sees the file learns one of four sizes. */
const sizes = [192, 448, 960, 1984] as const
const nonce = Buffer.alloc(12)
const tagLength = 16
const linkLabel = 'pforte/next/1'

const labelled = (label: string, key: Buffer): Buffer => {
  const bytes = Buffer.allocUnsafe(label.length + 32)
  bytes.write(label, 0, 'latin1')
  key.copy(bytes, label.length)
  const result = hash('sha256', bytes, 'buffer')
  bytes.fill(0)
  return result
}

/** The one-way ratchet: from a link follow its record's key and the next link, and never the one before. */
class Ratchet {
  #link: Buffer
  constructor(segmentKey: Buffer) {
    this.#link = labelled('pforte/chain/1', segmentKey)
  }
  key(): Buffer {
    return labelled('pforte/key/1', this.#link)
  }
  step(): void {
    const next = labelled(linkLabel, this.#link)
    this.#link.fill(0)
    this.#link = next
  }
  wipe(): void {
    this.#link.fill(0)
  }
}

/**
 * The same ratchet for a look-up, three times as fast: its links pass through texts, which cannot be overwritten.
 * Whoever reads holds the key of the whole period anyway, and the thread ends with the look-up.
 */
class ReadingRatchet {
  readonly #bytes = Buffer.alloc(linkLabel.length + 32)
  constructor(segmentKey: Buffer) {
    this.#bytes.write(linkLabel, 0, 'latin1')
    this.#bytes.set(labelled('pforte/chain/1', segmentKey), linkLabel.length)
  }
  key(): Buffer {
    return labelled('pforte/key/1', this.#bytes.subarray(linkLabel.length))
  }
  step(): void {
    this.#bytes.write(hash('sha256', this.#bytes, 'hex'), linkLabel.length, 'hex')
  }
  wipe(): void {
    this.#bytes.fill(0)
  }
}

/** Four bits of a keyed hash, the lower ones of its first byte: the same id falls into another bucket in each segment. */
function bucketOf(indexKey: Buffer, id: string): number {
  const bytes = Buffer.allocUnsafe(32 + Buffer.byteLength(id))
  indexKey.copy(bytes, 0)
  bytes.write(id, 32)
  const bucket = Number.parseInt(hash('sha256', bytes, 'hex').charAt(1), 16)
  bytes.fill(0)
  return bucket
}

function padded(body: string): Buffer {
  const length = Buffer.byteLength(body)
  const size = sizes.find(one => one >= length)
  if (size === undefined) throw new Error(`A record of ${length} bytes does not fit`)
  const bytes = Buffer.alloc(size, ' ')
  bytes.write(body)
  return bytes
}

/** The longest record that fits, in bytes of UTF-8. */
export const longestRecord = sizes[3]

/** For tests that watch whether a key is ever used twice. */
export type Watch = (key: Buffer, plaintext: Buffer) => void

/** A segment that is being written. Its keys exist only here, in memory, and each only until the next record. */
export class OpenSegment {
  readonly segment: SealedSegment
  n = 0
  head: Buffer
  readonly #instance: Buffer
  readonly #ratchet: Ratchet
  readonly #indexKey: Buffer
  readonly #watch: Watch | undefined

  private constructor(instance: Buffer, segment: SealedSegment, key: Buffer, watch: Watch | undefined) {
    this.#instance = instance
    this.segment = segment
    this.head = firstHead(instance, segment, segment.enc, segment.sealed)
    this.#ratchet = new Ratchet(key)
    this.#indexKey = labelled('pforte/idx/1', key)
    this.#watch = watch
  }

  static async start(instance: Buffer, periodKey: Buffer, place: SegmentPlace, watch?: Watch): Promise<OpenSegment> {
    const key = randomBytes(32)
    try {
      const sealed = await seal(periodKey, 'seg', instance, segmentAad(place), key)
      return new OpenSegment(instance, { ...place, ...sealed }, key, watch)
    } finally {
      key.fill(0)
    }
  }

  /** Seals the next record and forgets its key. Whoever cannot store the result must drop this whole segment. */
  seal(record: Sealable): StoredRecord {
    let mask = 0
    for (const id of record.concerned) mask |= 1 << bucketOf(this.#indexKey, id)
    const tags = { i: this.n, ab: bucketOf(this.#indexKey, record.actor), ob: mask }
    const plaintext = padded(record.body)
    const key = this.#ratchet.key()
    this.#watch?.(key, plaintext)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(recordAad(this.#instance, this.segment.id, tags, this.head))
    const ct = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    key.fill(0)
    plaintext.fill(0)
    this.#ratchet.step()
    this.head = nextHead(this.head, tags, ct)
    this.n += 1
    return { ...tags, ct }
  }

  wipe(): void {
    this.#ratchet.wipe()
    this.#indexKey.fill(0)
  }
}

/** A segment that two auditors have opened: its records can be read in order, and only those that may concern somebody. */
export class SegmentReading {
  head: Buffer
  n = 0
  readonly #instance: Buffer
  readonly #id: number
  readonly #ratchet: ReadingRatchet
  readonly #indexKey: Buffer

  private constructor(instance: Buffer, segment: SealedSegment, key: Buffer) {
    this.#instance = instance
    this.#id = segment.id
    this.head = firstHead(instance, segment, segment.enc, segment.sealed)
    this.#ratchet = new ReadingRatchet(key)
    this.#indexKey = labelled('pforte/idx/1', key)
  }

  static async start(instance: Buffer, period: KeyPair, segment: SealedSegment): Promise<SegmentReading> {
    const key = await open(period, 'seg', instance, segmentAad(segment), segment)
    const reading = new SegmentReading(instance, segment, key)
    key.fill(0)
    return reading
  }

  /** The buckets into which these ids fall here, as a mask. */
  mask(ids: readonly string[]): number {
    return ids.reduce((mask, id) => mask | (1 << bucketOf(this.#indexKey, id)), 0)
  }

  /**
   * Takes the next record. Decrypts it only where its buckets meet the mask, else its content stays closed: null.
   * Throws where the record is not the one that was sealed at this place.
   */
  next(record: StoredRecord, mask: number): string | null {
    const wanted = ((1 << record.ab) | record.ob) & mask
    const text = wanted === 0 ? null : this.#decrypt(record)
    this.head = nextHead(this.head, record, record.ct)
    this.#ratchet.step()
    this.n += 1
    return text
  }

  #decrypt(record: StoredRecord): string {
    const key = this.#ratchet.key()
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
    decipher.setAAD(recordAad(this.#instance, this.#id, record, this.head))
    decipher.setAuthTag(record.ct.subarray(record.ct.length - tagLength))
    const plaintext = Buffer.concat([
      decipher.update(record.ct.subarray(0, record.ct.length - tagLength)),
      decipher.final(),
    ])
    key.fill(0)
    const text = plaintext.toString('utf8').trimEnd()
    plaintext.fill(0)
    return text
  }

  wipe(): void {
    this.#ratchet.wipe()
    this.#indexKey.fill(0)
  }
}
