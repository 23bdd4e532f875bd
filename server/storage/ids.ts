import { randomBytes } from 'node:crypto'

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Bytes as Crockford base32, five bits a character, most significant first; 10 bytes give 16 characters. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += crockford[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + crockford[(value << (5 - bits)) & 31] : text
}

/** A new random id of 80 bits: 16 lower-case Crockford characters, fit for URLs and made before the insert. */
export function newId(): string {
  return base32(randomBytes(10)).toLowerCase()
}
