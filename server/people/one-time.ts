import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import type { House } from '../house.ts'

/** RFC 6238 as every app knows it: SHA-1, six digits, thirty seconds. */
const period = 30

/** 160 bits, as RFC 4226 recommends. */
export function newSecret(): Buffer {
  return randomBytes(20)
}

function generator(secret: Buffer, issuer = '', label = ''): TOTP {
  // Of a pooled buffer otpauth would take the whole pool.
  const { buffer } = Uint8Array.from(secret)
  return new TOTP({ algorithm: 'SHA1', digits: 6, period, secret: new Secret({ buffer }), issuer, label })
}

/** Which time step the code belongs to: this one, the one before or the next; null where it is of none. */
export function stepOf(secret: Buffer, typed: string, now: number): number | null {
  const token = typed.replace(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return null
  const delta = generator(secret).validate({ token, timestamp: now, window: 1 })
  return delta === null ? null : Math.floor(now / 1000 / period) + delta
}

/** The code of a moment. For the demo and the tests: a real secret is in somebody's phone. */
export function codeAt(secret: Buffer, now: number): string {
  return generator(secret).generate({ timestamp: now })
}

/** What stands in the QR code for the app. */
export function otpAddress(secret: Buffer, school: string, login: string): string {
  return generator(secret, school.replaceAll(':', ' '), login).toString()
}

/** The secret as it is typed by hand, in groups of four. */
export function secretInGroups(secret: Buffer): string {
  return (base32Of(secret).match(/.{1,4}/g) ?? []).join(' ')
}

function base32Of(secret: Buffer): string {
  return generator(secret).secret.base32
}

export function secretFrom(base32: string): Buffer {
  return Buffer.from(Secret.fromBase32(base32).bytes)
}

export function sealSecret(house: Pick<House, 'secrets'>, account: string, factor: string, secret: Buffer): Buffer {
  return house.secrets.seal('one-time-code', `${account} ${factor}`, secret)
}

export function openSecret(house: Pick<House, 'secrets'>, account: string, factor: string, sealed: Buffer): Buffer {
  return house.secrets.open('one-time-code', `${account} ${factor}`, sealed)
}
