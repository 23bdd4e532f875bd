import { Busboy, type BusboyConfig, type BusboyInstance } from '@fastify/busboy'
import type { Context } from './context.ts'

/** A request body that is refused before anybody looks at it; `status` is 400, 413 or 415. */
export class BodyRefused extends Error {
  readonly status: number
  constructor(status: 400 | 413 | 415) {
    super(`Body refused: ${status}`)
    this.status = status
  }
}

export interface Upload {
  readonly field: string
  readonly name: string
  readonly bytes: Buffer
}

/** What was typed and sent. Values are text; a field may stand more than once. */
export interface Form {
  text(field: string): string
  all(field: string): readonly string[]
  readonly fields: readonly (readonly [string, string])[]
  readonly uploads: readonly Upload[]
}

/** Limits of one body, in bytes; a route that takes files names its own. */
export interface BodyLimits {
  readonly fileBytes: number
  readonly files: number
}

const fieldBytes = 100_000
const fieldCount = 500

/** Reads a form, urlencoded or (where the route takes files) multipart. Nothing is written anywhere. */
export function readForm(context: Context, limits: BodyLimits | null): Promise<Form> {
  const kind = context.get('content-type').split(';')[0]?.trim().toLowerCase()
  const multipart = kind === 'multipart/form-data'
  if (kind !== 'application/x-www-form-urlencoded' && !(multipart && limits)) throw new BodyRefused(415)
  const most = fieldBytes + (multipart && limits ? limits.fileBytes * limits.files + 10_000 : 0)
  if (Number(context.get('content-length') || 0) > most) throw new BodyRefused(413)

  return new Promise((resolve, reject) => {
    const fields: [string, string][] = []
    const uploads: Upload[] = []
    const parser = parserFor(context, {
      fieldNameSize: 200,
      fieldSize: fieldBytes,
      // Beyond the limit the parser swallows what stands in the same piece, so the one too many is looked at.
      fields: fieldCount + 1,
      fileSize: limits?.fileBytes ?? 0,
      files: limits?.files ?? 0,
      headerPairs: 20,
    })
    let size = 0
    const refuse = (status: 400 | 413) => {
      context.req.unpipe(parser)
      context.req.resume()
      reject(new BodyRefused(status))
    }
    parser.on('field', (name, value, nameCut, valueCut) => {
      size += value.length
      if (nameCut || valueCut || size > fieldBytes || fields.length >= fieldCount) refuse(413)
      else fields.push([name, value])
    })
    parser.on('file', (field, stream, name) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('limit', () => refuse(413))
      // A body that ends in the middle of a file; unheard, this error would end the process.
      stream.on('error', () => refuse(400))
      stream.on('end', () => {
        if (name) uploads.push({ field, name, bytes: Buffer.concat(parts) })
      })
    })
    for (const limit of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const) parser.on(limit, () => refuse(413))
    parser.on('error', () => refuse(400))
    parser.on('finish', () => resolve(form(fields, uploads)))
    context.req.on('aborted', () => reject(new BodyRefused(400)))
    context.req.pipe(parser)
  })
}

/** Refuses a content type that says multipart and gives no boundary. */
function parserFor(context: Context, limits: BusboyConfig['limits']): BusboyInstance {
  try {
    return new Busboy({ headers: { ...context.req.headers, 'content-type': context.get('content-type') }, limits })
  } catch {
    throw new BodyRefused(400)
  }
}

function form(fields: readonly (readonly [string, string])[], uploads: readonly Upload[]): Form {
  return {
    text: field => fields.find(([name]) => name === field)?.[1].replace(/\r\n/g, '\n') ?? '',
    all: field => fields.filter(([name]) => name === field).map(([, value]) => value),
    fields,
    uploads,
  }
}

/** Something in a form that must be put right: a catalogue key, and the field it belongs to. */
export interface FormError {
  readonly field: string
  readonly key: string
  readonly values?: Readonly<Record<string, string | number>>
}

/** A form as its feature checked it. */
export type Checked<T> = { readonly ok: true; readonly input: T } | { readonly ok: false; readonly errors: FormError[] }
