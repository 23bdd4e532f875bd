import { randomBytes } from 'node:crypto'
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { keyPairFrom, openBase } from './kem.ts'

/** What a row keeps beside what was sealed, so that another suite can follow one day. */
export const suite = 'x25519-sha256/hkdf-sha256/aes-256-gcm'

/** What is sealed: a share of a period's seed, the key of a segment, the key of a report, or a paper of a case. */
export type Use = 'share' | 'seg' | 'rep' | 'pap'

export interface KeyPair {
  readonly publicKey: Buffer
  readonly privateKey: Buffer
}
export interface Sealed {
  readonly enc: Buffer
  readonly sealed: Buffer
}

/** Another key, another place, or something changed: it is never said which. */
export class CannotOpen extends Error {}

const hpke = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})

/** The pair that belongs to 32 secret bytes, as RFC 9180 derives it. */
export async function deriveKeyPair(seed: Buffer): Promise<KeyPair> {
  if (seed.length !== 32) throw new TypeError('a seed has 32 bytes')
  return keyPairFrom(seed)
}

export async function generateKeyPair(): Promise<KeyPair> {
  const seed = randomBytes(32)
  try {
    return await deriveKeyPair(seed)
  } finally {
    seed.fill(0)
  }
}

function infoOf(use: Use, instance: Buffer): Buffer {
  if (instance.length !== 16) throw new TypeError('an instance has 16 bytes')
  return Buffer.concat([Buffer.from(`pforte/audit/${use}/1\0`), instance])
}

/** Closes `plaintext` for the owner of the key. `aad` names every id that it belongs to. */
export async function seal(
  publicKey: Buffer,
  use: Use,
  instance: Buffer,
  aad: Buffer,
  plaintext: Buffer,
): Promise<Sealed> {
  const recipientPublicKey = await hpke.kem.deserializePublicKey(publicKey)
  const { enc, ct } = await hpke.seal({ recipientPublicKey, info: infoOf(use, instance) }, plaintext, aad)
  return { enc: Buffer.from(enc), sealed: Buffer.from(ct) }
}

/** Opens what `seal` closed for this pair, this use, this instance and this `aad`. */
export async function open(pair: KeyPair, use: Use, instance: Buffer, aad: Buffer, from: Sealed): Promise<Buffer> {
  const info = infoOf(use, instance)
  try {
    return openBase(pair, info, aad, from)
  } catch (cause) {
    throw new CannotOpen('what was sealed cannot be opened', { cause })
  }
}
