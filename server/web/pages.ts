import type { RouterContext } from '@koa/router'
import { Router } from '@koa/router'
import type { Action } from '../audit/kinds.ts'
import { AuditUnavailable } from '../audit/log.ts'
import { lacksFactor } from '../people/factors.ts'
import type { Viewer } from '../people/viewer.ts'
import { anybody, type Who } from '../people/who.ts'
import type { Context, State } from './context.ts'
import { comesFromOurPages } from './csrf.ts'
import { type BodyLimits, readForm } from './form.ts'
import { provesNow } from './fresh.ts'
import { Expected, Page } from './page.ts'

/** Who may come, and what it is called in the audit log. A route without both does not compile. */
interface Rule<V extends Viewer | null> {
  readonly who: Who<V>
  readonly action: Action
  /** Only where files are sent. */
  readonly uploads?: BodyLimits
  /** Reachable before the terms in force have been accepted. */
  readonly beforeTerms?: true
  /** Reachable for an office that needs a second factor before there is one. */
  readonly beforeFactor?: true
  /** Only with a second factor that was proved in the last five minutes; else it is asked for first, and nothing typed is lost. */
  readonly fresh?: true
}

type Handler<V extends Viewer | null> = (page: Page<V>) => Promise<void> | void

/** One registered route, for the table of rights in the tests. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly who: string
  readonly action: Action | null
}

/**
 * The routes of one feature. The gate behind each of them reads the form, checks where it comes from, admits or
 * refuses, runs the handler and makes the record durable before the answer leaves.
 */
export class Pages {
  readonly routes: Route[] = []
  readonly router = new Router<State>()

  get<V extends Viewer | null>(path: string, rule: Rule<V>, handler: Handler<V>): void {
    this.#add('GET', path, rule, rule.action, handler)
  }

  post<V extends Viewer | null>(path: string, rule: Rule<V>, handler: Handler<V>): void {
    this.#add('POST', path, rule, rule.action, handler)
  }

  /** A page that is the same for everybody and about nobody (sign-in form, help): not recorded, so it works even when nothing can be. */
  open(path: string, handler: Handler<Viewer | null>): void {
    this.#add('GET', path, { who: anybody, beforeTerms: true }, null, handler)
  }

  /** Takes in the routes of a part of the same feature. */
  include(part: Pages): void {
    this.routes.push(...part.routes)
    this.router.use(part.router.routes())
  }

  #add<V extends Viewer | null>(
    method: 'GET' | 'POST',
    path: string,
    rule: Omit<Rule<V>, 'action'>,
    action: Action | null,
    handler: Handler<V>,
  ): void {
    this.routes.push({ method, path, who: rule.who.name, action })
    const gate = (context: RouterContext<State>) =>
      admit(context as unknown as Context, context.params as Record<string, string>, path, rule, action, handler)
    if (method === 'GET') this.router.get(path, gate)
    else this.router.post(path, gate)
  }
}

async function admit<V extends Viewer | null>(
  context: Context,
  params: Record<string, string>,
  path: string,
  rule: Omit<Rule<V>, 'action'>,
  action: Action | null,
  handler: Handler<V>,
): Promise<void> {
  const { state } = context
  state.route = path
  const { viewer } = state
  const page = new Page(context, viewer as V, params, rule.who, action)
  try {
    const admitted = rule.who.admits(viewer)
    // Files of somebody who may not send any are not even read.
    if (context.method === 'POST' && (admitted || context.is('multipart') !== 'multipart')) {
      state.form = await readForm(context, rule.uploads ?? null)
      if (!comesFromOurPages(context, state.form.text('csrf'))) throw new Forged()
    }
    if (!admitted) {
      if (viewer) throw new Expected(403)
      elsewhere(page, signInFor(context))
    } else if (viewer && viewer.unaccepted > 0 && !rule.beforeTerms) elsewhere(page, '/terms/acceptance')
    else if (viewer && lacksFactor(viewer) && !rule.beforeFactor && !rule.beforeTerms)
      elsewhere(page, '/account/factors')
    else if (!rule.fresh || (viewer && (await provesNow(page as Page<Viewer>)))) await handler(page)
  } catch (error) {
    const status = statusOf(error)
    // An audit log that cannot be written has failed this page already and would fail this record, too.
    if (error instanceof AuditUnavailable) throw error
    await recordOf(error, page, action).recordFailure(status >= 500 ? 'error' : 'denied', status)
    throw error
  }
  await page.record()
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 600 ? status : 500
}

/** Something else comes first. */
function elsewhere<V extends Viewer | null>(page: Page<V>, path: string): void {
  page.recordAs('denied')
  page.redirect(path)
}

function signInFor(context: Context): string {
  return context.method === 'GET' && context.path !== '/'
    ? `/sign-in?next=${encodeURIComponent(context.path)}`
    : '/sign-in'
}

/** The form does not come from one of our pages. */
class Forged extends Expected {
  constructor() {
    super(403)
  }
}

/** A forgery is recorded as one; what it tried stands beside it, not as if its victim had tried it. */
function recordOf<V extends Viewer | null>(error: unknown, page: Page<V>, action: Action | null): Page<Viewer | null> {
  if (!(error instanceof Forged)) return page
  const forgery = new Page(page.context, page.viewer, {}, anybody, 'csrf.blocked')
  if (action) forgery.detail('attempted', action)
  return forgery
}
