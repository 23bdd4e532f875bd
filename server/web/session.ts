import type Koa from 'koa'
import { createSession } from 'koa-session'
import type { House } from '../house.ts'
import {
  agentFamily,
  endSession,
  findHalfSession,
  findSession,
  type HalfSession,
  longestSession,
  newSessionId,
  type SessionData,
  sessionHash,
  startSession,
  updateSession,
} from '../people/sessions.ts'
import { networkOf } from '../people/throttle.ts'
import type { Context, Middleware, State } from './context.ts'

export const sessionCookie = '__Host-pforte'

// koa-session's types are those of an older Koa; this is the part of them that is used here.
interface SessionOptions {
  key: string
  maxAge: number
  secure: true
  httpOnly: true
  sameSite: 'lax'
  signed: false
  overwrite: true
  rolling: false
  renew: false
  genid(context: Context): string
  store: {
    get(id: string, age: number, about: { ctx: Context }): Promise<SessionData | HalfSession | undefined>
    set(id: string, session: SessionData | HalfSession, age: number, about: { ctx: Context }): Promise<void>
    destroy(id: string): Promise<void>
  }
}
const create = createSession as unknown as (options: SessionOptions, app: Koa<State>) => Middleware

/** koa-session over our table: the cookie holds a random name, the table its hash. Finding a session finds its viewer. */
export function sessions(app: Koa<State>, house: House): Middleware {
  return create(
    {
      key: sessionCookie,
      maxAge: longestSession,
      secure: true,
      httpOnly: true,
      sameSite: 'lax',
      signed: false,
      overwrite: true,
      rolling: false,
      renew: false,
      genid(context) {
        const id = newSessionId()
        context.state.freshSessions.add(id)
        return id
      },
      store: {
        async get(id, _age, { ctx }) {
          const found = await findSession(house, id)
          if (!found) return half(house, id, ctx)
          const { data, viewer } = found
          Object.assign(ctx.state, {
            viewer,
            language: house.texts.language(viewer.language),
            session: markOf(id),
          } satisfies Partial<State>)
          return data
        },
        async set(id, session, _age, { ctx }) {
          const data = plain(session)
          if (!ctx.state.freshSessions.has(id)) return updateSession(house, id, data)
          ctx.state.freshSessions.delete(id)
          const agent = agentFamily(ctx.get('user-agent'))
          return startSession(house, id, data, { agent, network: networkOf(ctx.state.address) })
        },
        async destroy(id) {
          await endSession(house, id)
        },
      },
    },
    app,
  )
}

async function half(house: House, id: string, context: Context): Promise<HalfSession | undefined> {
  const found = await findHalfSession(house, id)
  if (found) Object.assign(context.state, { half: found, session: markOf(id) } satisfies Partial<State>)
  return found
}

/** Eight bytes of the hash, as they stand in the audit log. */
function markOf(id: string): string {
  return sessionHash(id).toString('hex', 0, 8)
}

/** What is kept, without what koa-session adds to it. */
function plain(session: SessionData | HalfSession): SessionData | HalfSession {
  if ('half' in session) {
    const { half, epoch, csrf, next } = session
    return { half, epoch, csrf, next }
  }
  const { account, epoch, staff, csrf, factor, proved_at, since } = session
  return { account, epoch, staff, csrf, factor, proved_at, since }
}
