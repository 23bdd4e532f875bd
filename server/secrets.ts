import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Keys that never lie in a database, so that a copy of one is useless without them. */
export interface Secrets {
  /** HMAC-SHA256 of a value for one use; the same value under two uses gives unrelated results. */
  keyed(use: 'registration-code' | 'recovery-code' | 'throttle' | 'device' | 'anonymous-form', value: string): Buffer
  /** Encrypts something that must be read again. `about` says whose it is: sealed for another, it does not open. */
  seal(use: SealedUse, about: string, plain: Buffer): Buffer
  /** Throws where it was sealed for something else, with another key, or has been changed. */
  open(use: SealedUse, about: string, sealed: Buffer): Buffer
  /** Signs the checkpoints of the audit log (Ed25519). It opens nothing. */
  readonly checkpointKey: KeyObject
}

export type SealedUse = 'one-time-code' | 'notice' | 'disclosure'

/** A key is not where it belongs. The sentence says where that is, and how to hand it over. */
export class KeysMissing extends Error {}

const length = 32

/**
 * Reads the keys from systemd's credentials where they exist, else from `keys/` in the data folder.
 *
 * Only for data that begins (`anew`) they are made there (0600): beside data that exists a new key would make
 * codes worthless and would sign the log as somebody else.
 */
export function loadSecrets(data: string, credentials: string | undefined, anew = false): Secrets {
  const folder = join(data, 'keys')
  const read = (name: string, make: () => Buffer | string) => {
    if (credentials) return handedOver(credentials, folder, name)
    if (anew) own(folder, name, make)
    return existing(join(folder, name), name)
  }
  const pepper = read('pepper', () => randomBytes(length))
  if (pepper.length < length) throw new KeysMissing('Der Schlüssel "pepper" ist zu kurz: gebraucht werden 32 Bytes.')
  const checkpointKey = signingKey(
    read('checkpoint', () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  )
  return {
    keyed: (use, value) => createHmac('sha256', pepper).update(`${use}\0${value}`).digest(),
    ...sealing(pepper),
    checkpointKey,
  }
}

const nonceLength = 12
const tagLength = 16

/** AES-256-GCM under a key for each use: nonce, ciphertext, tag. */
function sealing(pepper: Buffer): Pick<Secrets, 'seal' | 'open'> {
  const keyFor = (use: SealedUse) => Buffer.from(hkdfSync('sha256', pepper, '', `pforte seal ${use}`, length))
  return {
    seal(use, about, plain) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', keyFor(use), nonce).setAAD(Buffer.from(`${use}\0${about}`))
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(use, about, sealed) {
      const end = sealed.length - tagLength
      if (end < nonceLength) throw new Error('What is sealed is too short')
      const decipher = createDecipheriv('aes-256-gcm', keyFor(use), sealed.subarray(0, nonceLength))
        .setAAD(Buffer.from(`${use}\0${about}`))
        .setAuthTag(sealed.subarray(end))
      return Buffer.concat([decipher.update(sealed.subarray(nonceLength, end)), decipher.final()])
    },
  }
}

function signingKey(pem: Buffer): KeyObject {
  let key: KeyObject | null = null
  try {
    key = createPrivateKey(pem)
  } catch {
    key = null
  }
  if (key?.asymmetricKeyType !== 'ed25519')
    throw new KeysMissing('Der Schlüssel "checkpoint" ist kein Ed25519-Schlüssel.')
  return key
}

/** Two different sets would take turns, and the log would change its key with each: so one must go. */
function handedOver(credentials: string, folder: string, name: string): Buffer {
  const key = existing(join(credentials, name), name)
  const other = join(folder, name)
  if (existsSync(other) && !readFileSync(other).equals(key))
    throw new KeysMissing(
      `Es gibt zwei verschiedene Schlüssel "${name}": ${join(credentials, name)} und ${other}.\nEntfernen Sie den, der nicht mehr gilt.`,
    )
  return key
}

function existing(file: string, name: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'fehlt' : `ist nicht lesbar (${code})`
    throw new KeysMissing(
      `Der Schlüssel "${name}" ${why}: ${file}\nZu vorhandenen Daten macht die Pforte keinen neuen.\nLiegen die Schlüssel bei denen des Dienstes, übergeben Sie deren Ordner:\n  CREDENTIALS_DIRECTORY=/etc/pforte/credentials scripts/pforte …`,
    )
  }
}

function own(folder: string, name: string, make: () => Buffer | string): void {
  const file = join(folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600, flag: 'wx' })
}
