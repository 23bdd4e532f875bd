import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Keys that never lie in a database, so that a copy of one is useless without them. */
export interface Secrets {
  /** HMAC-SHA256 of a value for one use; the same value under two uses gives unrelated results. */
  keyed(use: 'registration-code' | 'throttle' | 'device' | 'anonymous-form', value: string): Buffer
  /** Signs the checkpoints of the audit log (Ed25519). It opens nothing. */
  readonly checkpointKey: KeyObject
}

const length = 32

/**
 * Reads the keys from systemd's credentials where they exist, else from `keys/` in the data folder,
 * where each is made once (0600).
 */
export function loadSecrets(data: string, credentials: string | undefined): Secrets {
  const read = (name: string, make: () => Buffer | string) =>
    credentials ? readFileSync(join(credentials, name)) : own(join(data, 'keys'), name, make)
  const pepper = read('pepper', () => randomBytes(length))
  if (pepper.length < length) throw new Error('Der Schlüssel "pepper" ist zu kurz: gebraucht werden 32 Bytes.')
  const checkpointKey = createPrivateKey(
    read('checkpoint', () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  )
  if (checkpointKey.asymmetricKeyType !== 'ed25519')
    throw new Error('Der Schlüssel "checkpoint" ist kein Ed25519-Schlüssel.')
  return {
    keyed: (use, value) => createHmac('sha256', pepper).update(`${use}\0${value}`).digest(),
    checkpointKey,
  }
}

function own(folder: string, name: string, make: () => Buffer | string): Buffer {
  const file = join(folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600, flag: 'wx' })
  return readFileSync(file)
}
