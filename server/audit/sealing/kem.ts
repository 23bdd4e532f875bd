import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto'
import { zero } from './auditor-key.ts'

/**
 * The secret half of HPKE (RFC 9180, base mode, suite 0x0020 0x0001 0x0002), over node:crypto: every copy of a secret
 * that is made here is overwritten, or cleared by OpenSSL when its object goes. The other half, sealing, is a library's,
 * so each test that seals and opens holds the two against each other.
 */
const version = 'HPKE-v1'
const kemSuite = Buffer.from('KEM\0\x20', 'latin1')
const suite = Buffer.from('HPKE\0\x20\0\x01\0\x02', 'latin1')
const nothing = Buffer.alloc(0)
const tagLength = 16
/** What stands before the 32 bytes of a key in DER (RFC 8410). */
const privateStart = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicStart = Buffer.from('302a300506032b656e032100', 'hex')

type Parts = readonly (string | Buffer)[]

function hmac(key: Buffer, parts: Parts): Buffer {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

const extract = (of: Buffer, salt: Buffer, label: string, secret: Buffer) => hmac(salt, [version, of, label, secret])

/** At most the 32 bytes of one block; none of ours are longer. */
function expand(of: Buffer, key: Buffer, label: string, info: Buffer, length: number): Buffer {
  const block = hmac(key, [Buffer.of(0, length), version, of, label, info, Buffer.of(1)])
  // Not from Node's pool: whatever is handed to another thread from there takes its neighbours along.
  const result = Buffer.alloc(length)
  block.copy(result)
  zero(block)
  return result
}

function privateKeyOf(bytes: Buffer): KeyObject {
  const der = Buffer.concat([privateStart, bytes])
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } finally {
    zero(der)
  }
}

const publicKeyOf = (bytes: Buffer): KeyObject =>
  createPublicKey({ key: Buffer.concat([publicStart, bytes]), format: 'der', type: 'spki' })

/** DeriveKeyPair (7.1.3). */
export function keyPairFrom(seed: Buffer): { publicKey: Buffer; privateKey: Buffer } {
  const prk = extract(kemSuite, nothing, 'dkp_prk', seed)
  const privateKey = expand(kemSuite, prk, 'sk', nothing, 32)
  zero(prk)
  const exported = createPublicKey(privateKeyOf(privateKey)).export({ format: 'der', type: 'spki' })
  return { publicKey: Buffer.from(exported.subarray(-32)), privateKey }
}

/** Decap (4.1): the secret that whoever sealed and whoever opens have in common. */
function decapsulate(enc: Buffer, publicKey: Buffer, privateKey: Buffer): Buffer {
  // A point that gives zero for every key is refused by OpenSSL.
  const dh = diffieHellman({ privateKey: privateKeyOf(privateKey), publicKey: publicKeyOf(enc) })
  const prk = extract(kemSuite, nothing, 'eae_prk', dh)
  const shared = expand(kemSuite, prk, 'shared_secret', Buffer.concat([enc, publicKey]), 32)
  zero(dh, prk)
  return shared
}

/** SetupBaseR and Open for the first message (5.1, 5.2). Throws for whatever is not right. */
export function openBase(
  { publicKey, privateKey }: { publicKey: Buffer; privateKey: Buffer },
  info: Buffer,
  aad: Buffer,
  { enc, sealed }: { enc: Buffer; sealed: Buffer },
): Buffer {
  const shared = decapsulate(enc, publicKey, privateKey)
  const hashes = [extract(suite, nothing, 'psk_id_hash', nothing), extract(suite, nothing, 'info_hash', info)]
  const context = Buffer.concat([Buffer.of(0), ...hashes])
  const secret = extract(suite, shared, 'secret', nothing)
  const [key, nonce] = [expand(suite, secret, 'key', context, 32), expand(suite, secret, 'base_nonce', context, 12)]
  zero(shared, secret)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
    decipher.setAAD(aad)
    decipher.setAuthTag(sealed.subarray(-tagLength))
    const plain = decipher.update(sealed.subarray(0, -tagLength))
    try {
      decipher.final()
      return plain
    } catch (problem) {
      zero(plain)
      throw problem
    }
  } finally {
    zero(key, nonce)
  }
}
