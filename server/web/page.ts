import { type Action, type Concern, type Kind, kinds } from '../audit/kinds.ts'
import type { AuditEntry } from '../audit/log.ts'
import type { SessionData } from '../people/sessions.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Who } from '../people/who.ts'
import { type Change, change, type Purpose, RightEnded, type SystemChange, systemChange } from '../storage/change.ts'
import type { Context } from './context.ts'
import type { Form, FormError } from './form.ts'
import { pageLocals } from './locals.ts'
import { refusalsInside } from './refused.ts'
import type { Locals } from './render.ts'

/** An outcome that a page expects: it becomes the error page of its status. */
export class Expected extends Error {
  readonly status: number
  /** A word for texts of its own: `errors.403.pair.text`. */
  readonly why: string | null
  constructor(status: number, why: string | null = null) {
    super(`Expected: ${status}`)
    this.status = status
    this.why = why
  }
}

const mostConcerns = 64

/**
 * One request, as its handler sees it. Everything that it does leaves through here, so that the audit record
 * is durable before the effect is visible.
 */
export class Page<V extends Viewer | null> {
  readonly viewer: V
  readonly params: Readonly<Record<string, string>>
  readonly context: Context
  readonly #who: Who<V>
  #action: Action | null
  readonly #concerns: [Concern, string][] = []
  readonly #details: Record<string, string | number> = {}
  #outcome: 'ok' | 'denied' = 'ok'
  #actor: string | null
  #recorded = false

  constructor(
    context: Context,
    viewer: V,
    params: Readonly<Record<string, string>>,
    who: Who<V>,
    action: Action | null,
  ) {
    this.context = context
    this.viewer = viewer
    this.params = params
    this.#who = who
    this.#action = action
    this.#actor = viewer?.id ?? null
  }

  get house() {
    return this.context.state.house
  }

  get form(): Form {
    const { form } = this.context.state
    if (!form) throw new Error('Only a POST has a form')
    return form
  }

  query(name: string): string | null {
    const value = this.context.query[name]
    return typeof value === 'string' ? value : null
  }

  t(key: string, values?: Readonly<Record<string, string | number>>): string {
    return this.context.state.language.t(key, values)
  }

  throw(status: 403 | 404 | 409 | 503, why: 'pair' | null = null): never {
    throw new Expected(status, why)
  }

  /** Says whom or what this page is about. Above 64 name the group that stands for them. */
  concerns(kind: Concern, ...ids: readonly string[]): void {
    if (this.#concerns.length + ids.length > mostConcerns)
      throw new Error('Too many concerned: name their group instead')
    for (const id of ids) this.#concerns.push([kind, id])
  }

  /** Says which groups this page is about; of more than fit into a record, how many. */
  concernsGroups(ids: readonly string[]): void {
    const groups = [...new Set(ids)]
    if (this.#concerns.length + groups.length > mostConcerns) this.detail('groups', groups.length)
    else this.concerns('group', ...groups)
  }

  /** Adds a number or a word from a closed list to the record. */
  detail(name: string, value: string | number): void {
    this.#details[name] = value
  }

  /** What happens next is recorded as refused, or as done by an account that is not signed in yet. */
  recordAs(outcome: 'ok' | 'denied', actor: string | null = this.#actor): void {
    this.#outcome = outcome
    this.#actor = actor
  }

  /** What this page turned out to be: a call that repeats itself, where a person's coming is recorded already. */
  is(action: Action): void {
    this.#action = action
  }

  /** Writes the record, once; where that is impossible the page does not happen. */
  async record(outcome: AuditEntry['outcome'] = this.#outcome): Promise<void> {
    if (this.#recorded || this.#action === null) return
    if (outcome === 'ok' && (kinds[this.#action] as Kind).repeats) return
    await this.#append(outcome)
    this.#recorded = true
  }

  /** The record of an end that was not foreseen: refused, or broken after an earlier record said otherwise. */
  async recordFailure(outcome: 'denied' | 'error', status: number): Promise<void> {
    this.#details.status = status
    if (this.#action !== null) await this.#append(outcome)
    this.#recorded = true
  }

  #append(outcome: AuditEntry['outcome']): Promise<void> {
    // Whoever is not signed in and was shown nothing may call as often as they like, and must not fill the disk.
    const anonymous = outcome === 'denied' && this.viewer === null && this.#actor === null
    const log = anonymous && this.context.method !== 'POST' ? refusalsInside(this.house) : this.house.audit
    return log.append({
      action: this.#action as Action,
      actor: this.#actor,
      session: this.context.state.session,
      address: this.context.state.address,
      concerns: this.#concerns,
      outcome,
      details: this.#details,
    })
  }

  /** Changes data as this viewer: the record is durable before the transaction commits, and nothing is half done. */
  async change<T>(this: Page<Viewer>, work: (change: Change) => Promise<T>): Promise<T> {
    try {
      return await change(this.house.database, this.house.clock, this.viewer, async opened => {
        // What opened the page may have ended since; inside the transaction it can no longer.
        if (!this.#who.admits(opened)) throw new RightEnded()
        const result = await work(opened)
        await this.record(this.#outcome === 'ok' ? 'try' : this.#outcome)
        return result
      })
    } catch (error) {
      if (error instanceof RightEnded) this.throw(403)
      throw error
    }
  }

  /** The same as the house itself, for those who are not signed in. */
  systemChange<T>(purpose: Purpose, work: (change: SystemChange) => Promise<T>): Promise<T> {
    return systemChange(this.house.database, this.house.clock, purpose, async opened => {
      const result = await work(opened)
      await this.record(this.#outcome === 'ok' ? 'try' : this.#outcome)
      return result
    })
  }

  /** Shows a view in the layout. The gate sends it after the record is durable. */
  render(view: string, locals: Locals = {}): void {
    this.context.type = 'html'
    this.context.body = this.house.views.page(view, { ...pageLocals(this.context, this.viewer, view), ...locals })
  }

  /** Shows the same form again, with what was typed and what is wrong with it (422). */
  refuse(view: string, locals: Locals, errors: readonly FormError[]): void {
    this.context.status = 422
    this.recordAs('denied')
    this.detail('status', 422)
    const texts = errors.map(({ field, key, values }) => ({ field, text: this.t(key, values) }))
    this.render(view, { ...locals, errors: texts, values: typed(this.form) })
  }

  /** 303; `ok` names a confirmation that the next page shows. */
  redirect(to: string, ok?: string): void {
    this.context.redirect(ok ? `${to}${to.includes('?') ? '&' : '?'}ok=${ok}` : to)
    this.context.status = 303
    this.context.body = ''
  }

  /** The authenticator of this session and when it was proved; a recovery code has no `id`. */
  get factor(): { readonly id: string | null; readonly at: number | null } {
    return { id: this.session?.factor ?? null, at: this.session?.proved_at ?? null }
  }

  get session(): SessionData | null {
    const session = this.context.session as (SessionData & { isNew: boolean }) | null
    return session?.account ? session : null
  }
}

export const isSecret = (field: string): boolean => /password|passphrase|proof/.test(field)

/** What somebody has to type again after a page that comes in between; a proof is asked for anew by itself. */
export function secretsIn(form: Form): string[] {
  return [...new Set(form.fields.map(([name]) => name))].filter(name => isSecret(name) && name !== 'proof')
}

/** What was typed, without the secrets: they are never put back into a form. */
export function typed(form: Form): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = Object.create(null)
  for (const [name] of form.fields) {
    if (name === 'csrf' || isSecret(name)) continue
    const all = form.all(name)
    values[name] = all.length > 1 ? [...all] : form.text(name)
  }
  return values
}
