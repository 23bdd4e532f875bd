import { createHmac, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Keys that never lie in a database, so that a copy of one is useless without them. */
export interface Secrets {
  /** HMAC-SHA256 of a value for one use; the same value under two uses gives unrelated results. */
  keyed(use: 'registration-code' | 'throttle' | 'device' | 'anonymous-form', value: string): Buffer
}

const length = 32

/**
 * Reads the pepper from systemd's credentials where they exist, else from `keys/` in the data folder,
 * where it is made once (0600).
 */
export function loadSecrets(data: string, credentials: string | undefined): Secrets {
  const pepper = credentials ? readFileSync(join(credentials, 'pepper')) : ownPepper(join(data, 'keys'))
  if (pepper.length < length) throw new Error('Der Schlüssel "pepper" ist zu kurz: gebraucht werden 32 Bytes.')
  return { keyed: (use, value) => createHmac('sha256', pepper).update(`${use}\0${value}`).digest() }
}

function ownPepper(folder: string): Buffer {
  const file = join(folder, 'pepper')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) writeFileSync(file, randomBytes(length), { mode: 0o600, flag: 'wx' })
  return readFileSync(file)
}
