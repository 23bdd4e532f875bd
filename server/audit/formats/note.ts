/** Signed notes with Ed25519 (c2sp.org/signed-note) and the checkpoints of a log (c2sp.org/tlog-checkpoint). */
import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'

export interface Note {
  /** With its last newline: exactly what is signed. */
  readonly text: string
  readonly signatures: readonly { readonly name: string; readonly id: Buffer; readonly signature: Buffer }[]
}
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

const ed25519 = Buffer.of(0x01)
const dash = '— '
const longest = 1_000_000
const mostSignatures = 100

export function publicKeyFromRaw(raw: Buffer): KeyObject {
  if (raw.length !== 32) throw new TypeError('an Ed25519 public key has 32 bytes')
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') } })
}

export function publicKeyOf(privateKey: KeyObject): Buffer {
  const { crv, x } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (crv !== 'Ed25519' || x === undefined) throw new TypeError('not an Ed25519 key')
  return Buffer.from(x, 'base64url')
}

export function keyId(name: string, publicKey: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), ed25519, publicKey]), 'buffer').subarray(0, 4)
}

function isName(name: string): boolean {
  return name !== '' && !/[\s\u0085+]/u.test(name)
}

/** UTF-8 without control characters other than the newline. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) < 0x20 && text[at] !== '\n') return false
  return text.isWellFormed()
}

/** One spelling only, so that nobody can change a note without changing what it says. */
function decode(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : null
}

export function signNote(text: string, name: string, privateKey: KeyObject): string {
  if (!text.endsWith('\n') || !isPlain(text)) throw new TypeError('a note is plain text that ends in a newline')
  if (!isName(name) || !isPlain(name)) throw new TypeError('the name of a key has no spaces and no plus')
  const signature = Buffer.concat([keyId(name, publicKeyOf(privateKey)), sign(null, Buffer.from(text), privateKey)])
  return `${text}\n${dash}${name} ${signature.toString('base64')}\n`
}

/** Takes a note apart, without any judgement on its signatures; null if it is not a note in every detail. */
export function parseNote(note: string): Note | null {
  if (typeof note !== 'string' || note.length > longest || !note.endsWith('\n') || !isPlain(note)) return null
  const blank = note.lastIndexOf('\n\n')
  const lines = note.slice(blank + 2, -1).split('\n')
  if (blank < 0 || lines.length > mostSignatures) return null
  const signatures: Note['signatures'][number][] = []
  for (const line of lines) {
    const [mark, name = '', base64 = '', ...more] = line.split(' ')
    const bytes = decode(base64)
    if (mark !== dash.trim() || !isName(name) || !bytes || bytes.length < 5 || more.length > 0) return null
    signatures.push({ name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) })
  }
  return { text: note.slice(0, blank + 1), signatures }
}

/** Whether this key has signed the note. Signatures of other keys do not count, a wrong one of this key spoils it. */
export function noteIsSigned(note: string, name: string, publicKey: Buffer): boolean {
  const id = keyId(name, publicKey)
  const key = publicKeyFromRaw(publicKey)
  const parsed = parseNote(note)
  const own = parsed?.signatures.filter(one => one.name === name && one.id.equals(id)) ?? []
  return (
    parsed !== null && own.length > 0 && own.every(one => verify(null, Buffer.from(parsed.text), key, one.signature))
  )
}

export function checkpointText(origin: string, size: number, root: Buffer): string {
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`
  if (!parseCheckpoint(text)) throw new TypeError('not a checkpoint')
  return text
}

/** Three lines and no more. We write no extension lines, and nobody could check what they say. */
export function parseCheckpoint(text: string): Checkpoint | null {
  if (typeof text !== 'string' || !isPlain(text)) return null
  const [origin = '', decimal = '', base64 = '', end, ...more] = text.split('\n')
  const size = Number(decimal)
  const root = decode(base64)
  if (origin === '' || end !== '' || more.length > 0 || !root || root.length !== 32) return null
  return Number.isSafeInteger(size) && size >= 0 && String(size) === decimal ? { origin, size, root } : null
}

/** Whatever a PDF, a mail or a word processor makes of a dash. */
const dashes = /^[-\u2010-\u2015\u2212] ?/
/** By whomever; nothing shorter is a signature. */
const signed = /^\S+ [A-Za-z0-9+/]{90,}={0,2}$/
const base64 = /^[A-Za-z0-9+/]+={0,2}$/
/** Of an Ed25519 signature with the id of its key. */
const signatureLength = 92

/**
 * The checkpoint notes in a text where notes were written one after the other, perhaps with other paragraphs
 * between them, perhaps copied from a page or a printed sheet that bends lines, dashes and spaces. Each comes back as
 * it was signed, and may still be wrong: ask `noteIsSigned`.
 */
export function splitNotes(text: string): string[] {
  const lines = text
    .split(/[\r\n]+/)
    .map(line =>
      line
        .replace(/[\u00AD\u200B-\u200D\u2060\uFEFF]/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter(line => line !== '')
  const notes: string[] = []
  for (let at = 0; at + 3 < lines.length; at += 1) {
    const [origin = '', size = '', root = ''] = lines.slice(at, at + 3)
    const body = root.length === 44 ? `${origin}\n${size}\n${root}\n` : ''
    if (!parseCheckpoint(body)) continue
    const { signatures, end } = signaturesFrom(lines, at + 3, origin)
    if (signatures.length === 0) continue
    notes.push(`${body}\n${signatures.join('\n')}\n`)
    at = end - 1
  }
  return notes
}

function signaturesFrom(lines: readonly string[], from: number, origin: string): { signatures: string[]; end: number } {
  const signatures: string[] = []
  let end = from
  for (; end < lines.length; end += 1) {
    const line = lines[end] ?? ''
    const said = line.replace(dashes, '')
    if (said === line) break
    const own = unbent(lines, end, said, origin)
    if (!own && !signed.test(said)) break
    signatures.push(own ? `${dash}${origin} ${own.signature}` : `${dash}${said}`)
    if (own) end = own.last
  }
  return { signatures, end }
}

/** The log's own signature, also where the name or the signature goes on in the next lines. */
function unbent(
  lines: readonly string[],
  from: number,
  said: string,
  origin: string,
): { signature: string; last: number } | null {
  let joined = said.replaceAll(' ', '')
  let last = from
  const whole = origin.length + signatureLength
  while (joined.length < whole && origin.startsWith(joined.slice(0, origin.length)) && last + 1 < lines.length)
    joined += lines[++last]?.replaceAll(' ', '')
  const signature = joined.slice(origin.length)
  return joined.startsWith(origin) && signature.length === signatureLength && base64.test(signature)
    ? { signature, last }
    : null
}
