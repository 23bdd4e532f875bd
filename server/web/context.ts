import type Koa from 'koa'
import type { House } from '../house.ts'
import type { HalfSession } from '../people/sessions.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Form } from './form.ts'
import type { Language } from './i18n.ts'

/** What the middleware has found out about a request by the time a handler runs. */
export interface State {
  house: House
  /** The peer's address; headers that claim another are never read. */
  address: string
  /** The route's pattern, the only form of a path that is logged. */
  route: string | null
  language: Language
  viewer: Viewer | null
  /** The password was right, and the second factor is still to come. */
  half: HalfSession | null
  /** Eight bytes of the session's hash, hex, for the audit log. */
  session: string | null
  /** The session names made in this request; only these may be written as new. */
  freshSessions: Set<string>
  form: Form | null
  newDevice?: string
}

export type Context = Koa.ParameterizedContext<State>
export type Middleware = (context: Context, next: () => Promise<void>) => Promise<void>
