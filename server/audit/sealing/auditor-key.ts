import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { CannotOpen, type KeyPair } from './hpke.ts'

export interface WrappedKey {
  /** The private key, encrypted, and the 16 bytes that show it is unchanged. */
  readonly wrapped: Buffer
  readonly nonce: Buffer
}

const algorithm = 'aes-256-gcm'
const tagLength = 16

/** Binds the key to its owner's row, so that a row moved to another auditor does not open. */
function ownerOf(auditor: number, publicKey: Buffer): Buffer {
  if (publicKey.length !== 32) throw new TypeError('a public key has 32 bytes')
  const id = Buffer.alloc(4)
  id.writeUInt32BE(auditor)
  return Buffer.concat([id, publicKey])
}

/** `kek`: what the auditor's passphrase gives (`deriveKey`), with a fresh salt each time. */
export function wrapKey(kek: Buffer, auditor: number, pair: KeyPair): WrappedKey {
  if (pair.privateKey.length !== 32) throw new TypeError('a private key has 32 bytes')
  const nonce = randomBytes(12)
  const cipher = createCipheriv(algorithm, kek, nonce, { authTagLength: tagLength })
  cipher.setAAD(ownerOf(auditor, pair.publicKey))
  const wrapped = Buffer.concat([cipher.update(pair.privateKey), cipher.final(), cipher.getAuthTag()])
  return { wrapped, nonce }
}

/** The private key; `CannotOpen` for a wrong passphrase and for a row that was changed or moved. */
export function unwrapKey(kek: Buffer, auditor: number, publicKey: Buffer, from: WrappedKey): Buffer {
  const owner = ownerOf(auditor, publicKey)
  try {
    const decipher = createDecipheriv(algorithm, kek, from.nonce, { authTagLength: tagLength })
    decipher.setAAD(owner)
    decipher.setAuthTag(from.wrapped.subarray(-tagLength))
    const start = decipher.update(from.wrapped.subarray(0, -tagLength))
    try {
      decipher.final()
      return start
    } catch (problem) {
      zero(start)
      throw problem
    }
  } catch (cause) {
    throw new CannotOpen('the auditor’s key cannot be opened', { cause })
  }
}

/** Overwrites secrets that are no longer needed. Copies the engine made are out of reach. */
export function zero(...buffers: Uint8Array[]): void {
  for (const buffer of buffers) buffer.fill(0)
}
