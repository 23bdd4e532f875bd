import { randomInt } from 'node:crypto'
import { AuditUnavailable } from '../audit/log.ts'
import { TooBusy } from '../people/passwords.ts'
import { base32 } from '../storage/ids.ts'
import type { Context, Middleware } from './context.ts'
import { pageLocals } from './locals.ts'
import { Expected, isSecret, secretsIn } from './page.ts'

const explained = new Set([400, 403, 404, 405, 409, 413, 415, 421, 422, 429, 500, 503])

/**
 * The outermost middleware: every error leaves as a page that says what happened and what to do.
 *
 * Unforeseen ones are logged under a code like `F-7K2Q`, which the page shows; their message stays in the log.
 */
export const errorPages: Middleware = async (context, next) => {
  try {
    await next()
    if (context.status === 404 && !context.body) show(context, 404)
  } catch (error) {
    // What was to be a file is a page now.
    context.remove('Content-Disposition')
    if (error instanceof AuditUnavailable || error instanceof TooBusy || isLocked(error)) {
      context.state.house.log.error({ route: context.state.route, kind: error.constructor.name }, 'unavailable')
      unavailable(context)
      return
    }
    const status = statusOf(error)
    const code = status >= 500 ? failureCode() : null
    if (code)
      context.state.house.log.error({ code, route: context.state.route, failure: withoutValues(error) }, 'failed')
    show(context, status, code, error instanceof Expected ? error.why : null)
  }
}

const notNow = new Set(['SQLITE_BUSY', 'SQLITE_FULL', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_IOERR'])

function isLocked(error: unknown): error is Error {
  return error instanceof Error && (notNow.has(sqliteCode(error) ?? '') || error.name === 'KnexTimeoutError')
}

/** The driver's own word for what happened; the message would quote the statement and its values. */
function sqliteCode(error: Error): string | null {
  const code = 'code' in error ? String(error.code) : ''
  return /^SQLITE_[A-Z]+$/.test(code) ? code : null
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return explained.has(status) ? status : 500
}

/** Easy to say on the telephone, and found in the log with one command. */
function failureCode(): string {
  return `F-${base32(Uint8Array.of(randomInt(256), randomInt(256), randomInt(256))).slice(0, 4)}`
}

/** Messages quote what was typed, and so does the beginning of a stack; only the kind and the place are kept. */
function withoutValues(error: unknown): { type: string; message: string; stack: string } {
  if (!(error instanceof Error)) return { type: typeof error, message: '', stack: '' }
  const { stack = '' } = error
  const said = String(error)
  const places = stack.startsWith(said) ? stack.slice(said.length).split('\n') : []
  return {
    type: error.constructor.name,
    message: sqliteCode(error) ?? (error.name === 'TypeError' ? error.message : ''),
    stack: places
      .filter(line => /^\s+at /.test(line))
      .slice(0, 12)
      .join('\n'),
  }
}

function show(context: Context, status: number, code: string | null = null, why: string | null = null): void {
  const { t } = context.state.language
  const text = explained.has(status) && status !== 405 && status !== 415 ? status : 400
  context.status = status
  context.type = 'html'
  context.body = context.state.house.views.page('errors/error', {
    ...pageLocals(context, context.state.viewer, 'errors/error'),
    title: t(`errors.${why ? `${text}.${why}` : text}.title`),
    status: text,
    why,
    code,
    // The same page again, never one that begins like another host's.
    back: status === 503 ? context.url.replace(/^[/\\]+/, '/') : context.state.viewer ? '/' : '/sign-in',
    wait: null,
  })
}

/** Nothing was done because it could not be recorded or stored; what was typed goes back into a form. */
function unavailable(context: Context): void {
  context.set('Retry-After', '5')
  if (context.method === 'POST') sendAgain(context)
  else show(context, 503)
}

function sendAgain(context: Context): void {
  const { form } = context.state
  const fields = (form?.fields ?? []).filter(([name]) => name !== 'csrf' && !isSecret(name))
  context.status = 503
  context.type = 'html'
  context.body = context.state.house.views.page('errors/unavailable', {
    ...pageLocals(context, context.state.viewer, 'errors/unavailable'),
    action: context.path,
    fields: fields.map(([name, value]) => ({ name, value })),
    secrets: form ? secretsIn(form) : [],
  })
}
