import { timingSafeEqual } from 'node:crypto'
import type { SessionData } from '../people/sessions.ts'
import type { Context } from './context.ts'
import { deviceOf } from './device.ts'

/** The token for forms of this request: the session's, or for nobody signed in one bound to the device's cookie. */
export function formToken(context: Context): string {
  const session = context.session as SessionData | null
  if (session?.csrf) return session.csrf
  const device = deviceOf(context)
  return device === null ? '' : anonymousToken(context, device)
}

/** The token for forms of a browser that nobody is signed in with. */
export function anonymousToken(context: Context, device: string): string {
  return context.state.house.secrets.keyed('anonymous-form', device).toString('base64url')
}

/**
 * Whether a POST comes from one of our own pages: by `Sec-Fetch-Site`, else by `Origin`, which one of both
 * every browser sends; a form without either is refused. The token of the form is compared in addition.
 */
export function comesFromOurPages(context: Context, token: string): boolean {
  const site = context.get('sec-fetch-site')
  if (site ? site !== 'same-origin' : !isOurOrigin(context)) return false
  const expected = Buffer.from(formToken(context))
  const found = Buffer.from(token)
  return expected.length > 0 && expected.length === found.length && timingSafeEqual(expected, found)
}

function isOurOrigin(context: Context): boolean {
  const origin = context.get('origin')
  return origin !== '' && origin === `https://${context.get('host').toLowerCase()}`
}
