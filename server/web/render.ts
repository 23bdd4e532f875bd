import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'

/** What a view gets; `unknown` because templates are not typed, the tests render every one of them. */
export type Locals = Readonly<Record<string, unknown>>

export interface Views {
  /** The view inside the layout, as a whole document. */
  page(view: string, locals: Locals): string
}

const special = /[&<>"'`]/
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '`': '&#96;',
}

export function escapeHtml(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  return special.test(text) ? text.replace(/[&<>"'`]/g, character => entities[character] as string) : text
}

/** Compiles each view once. `cache` off re-reads it at every use, for whoever works on the views. */
export function loadViews(folder: string, cache = true): Views {
  const compiled = new Map<string, (locals: Locals) => string>()
  function template(view: string): (locals: Locals) => string {
    const known = compiled.get(view)
    if (known) return known
    const filename = join(folder, `${view}.ejs`)
    const made = ejs.compile(readFileSync(filename, 'utf8'), {
      filename,
      cache,
      escape: escapeHtml,
      rmWhitespace: true,
    }) as (locals: Locals) => string
    if (cache) compiled.set(view, made)
    return made
  }
  return {
    page(view, locals) {
      const body = template(view)(locals)
      return template('layout')({ ...locals, body })
    },
  }
}
