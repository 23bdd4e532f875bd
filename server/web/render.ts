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

type Scope = Record<string, unknown>
interface Template {
  fill(scope: Scope): string
  /** Views by the paths under which this one includes them. */
  readonly included: Map<string, string>
}

/**
 * Compiles each view once. `cache` off re-reads it at every use, for whoever works on the views.
 *
 * Includes are ours instead of EJS's, which copies all locals twice and asks the disk whether the file is there, every time.
 */
export function loadViews(folder: string, cache = true): Views {
  const compiled = new Map<string, Template>()
  function template(view: string): Template {
    const known = compiled.get(view)
    if (known) return known
    const filename = join(folder, `${view}.ejs`)
    const fill = ejs.compile(readFileSync(filename, 'utf8'), {
      filename,
      escape: escapeHtml,
      rmWhitespace: true,
      unsafePrototypeLocals: true,
    } as ejs.Options) as (scope: Scope) => string
    const made = { fill, included: new Map<string, string>() }
    if (cache) compiled.set(view, made)
    return made
  }
  /** A path with a slash begins at the views' folder, another one beside the view. A view sees its own locals and, behind them, those of the view that includes it. */
  function render(view: string, outer: Scope | null, locals: Locals): string {
    const { fill, included } = template(view)
    const scope: Scope = Object.assign(Object.create(outer), locals)
    scope.include = (path: string, own: Locals = {}) => {
      const inner = included.get(path) ?? (path.startsWith('/') ? path.slice(1) : join(view, '..', path))
      included.set(path, inner)
      return render(inner, scope, own)
    }
    return fill(scope)
  }
  return {
    page(view, locals) {
      const body = render(view, null, locals)
      return render('layout', null, { ...locals, body })
    },
  }
}
