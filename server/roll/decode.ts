import type { TextValues } from '../web/i18n.ts'

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** A file that cannot be read as a table. Carries one sentence: a key of the catalogue and its values. */
export class FileRefused extends Error {
  readonly key: string
  readonly values: TextValues

  constructor(key: string, values: TextValues = {}) {
    super(key)
    this.key = key
    this.values = values
  }
}

/** The largest file, in bytes; a school of 2,000 children fits into one. */
export const largestFile = 10 * 1024 * 1024

const signatures: readonly (readonly [string, string])[] = [
  ['%PDF', 'roll.file.pdf'],
  ['PK\x03\x04', 'roll.file.spreadsheet'],
  ['\xd0\xcf\x11\xe0', 'roll.file.spreadsheet'],
  ['\x1f\x8b', 'roll.file.binary'],
  ['\x89PNG', 'roll.file.binary'],
  ['\xff\xd8\xff', 'roll.file.binary'],
]

/**
 * Turns the bytes of a file into text: by its byte order mark, else as strict UTF-8, else as Windows-1252.
 *
 * Refuses what is empty, too large, or no text; never guesses a character where the bytes are broken.
 */
export function decode(bytes: Uint8Array): { readonly text: string; readonly encoding: Encoding } {
  if (bytes.length > largestFile) throw new FileRefused('roll.file.large', { megabytes: largestFile / 1024 / 1024 })
  const start = Buffer.from(bytes.subarray(0, 8)).toString('latin1')
  for (const [signature, key] of signatures) if (start.startsWith(signature)) throw new FileRefused(key)
  const decoded = byMark(bytes, start) ?? byContent(bytes)
  if (decoded.text.trim() === '') throw new FileRefused('roll.file.empty')
  if (/^\s*<(!doctype|html|\?xml)/i.test(decoded.text)) throw new FileRefused('roll.file.markup')
  if (isBinary(decoded.text)) throw new FileRefused('roll.file.binary')
  return decoded
}

function byMark(bytes: Uint8Array, start: string): { text: string; encoding: Encoding } | undefined {
  const encoding = start.startsWith('\xff\xfe') ? 'utf-16le' : start.startsWith('\xfe\xff') ? 'utf-16be' : undefined
  return encoding && { text: new TextDecoder(encoding).decode(bytes), encoding }
}

function byContent(bytes: Uint8Array): { text: string; encoding: Encoding } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8' }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { text: new TextDecoder('windows-1252').decode(bytes), encoding: 'windows-1252' }
  }
}

/** NUL stands in no table; other control characters in a handful of damaged cells at most. */
function isBinary(text: string): boolean {
  if (text.includes('\0')) return true
  let controls = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || (code >= 0x80 && code < 0xa0)) controls++
  }
  return controls > 8 && controls > text.length / 100
}
