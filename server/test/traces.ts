import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** What stands in base64 whatever the text is preceded by: for each of three places one spelling, the uncertain ends cut. */
function inBase64(bytes: Buffer): string[] {
  return [0, 1, 2].map(before => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '')
    const first = before === 0 ? 0 : before + 1
    const whole = (before + bytes.length) % 3 === 0
    return whole ? text.slice(first) : text.slice(first, -1)
  })
}

/** The bytes that a text, or a hash in hex, leaves in a file in each form in which somebody could keep it. */
export function formsOf(text: string): { readonly form: string; readonly bytes: Buffer }[] {
  const utf8 = Buffer.from(text)
  const raw = /^([0-9a-f]{2}){6,}$/.test(text) ? [{ form: 'bytes', bytes: Buffer.from(text, 'hex') }] : []
  const written = [{ form: 'utf-8', bytes: utf8 }, ...raw]
  return [
    ...written,
    { form: 'utf-16le', bytes: Buffer.from(text, 'utf16le') },
    { form: 'utf-16be', bytes: Buffer.from(text, 'utf16le').swap16() },
    { form: 'upper case', bytes: Buffer.from(text.toUpperCase()) },
    { form: 'encoded for a URL', bytes: Buffer.from(encodeURIComponent(text)) },
    ...written.flatMap(({ form, bytes }) => {
      const hex = bytes.toString('hex')
      const base64 = inBase64(bytes)
      const url = base64.map(one => one.replaceAll('+', '-').replaceAll('/', '_'))
      return [hex, hex.toUpperCase(), ...new Set([...base64, ...url])].map((one, index) => ({
        form: `${index < 2 ? 'hex' : 'base64'} of ${form}`,
        bytes: Buffer.from(one),
      }))
    }),
  ]
}

/** Which of these texts are found in the bytes, in any form. */
export function tracesIn(bytes: Buffer, texts: Iterable<string>): string[] {
  const found: string[] = []
  for (const text of texts) {
    const trace = formsOf(text).find(one => bytes.includes(one.bytes))
    if (trace) found.push(`${text} (${trace.form})`)
  }
  return found
}

/** Every file below a folder, by its path in it. */
export function filesIn(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const paths = files.map(entry => join(entry.parentPath, entry.name))
  return new Map(paths.sort().map(path => [relative(folder, path), readFileSync(path)]))
}
