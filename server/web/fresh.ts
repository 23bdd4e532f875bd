import { checkProof, type ProofVerdict } from '../people/proofs.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Form } from './form.ts'
import { isSecret, type Page, secretsIn, typed } from './page.ts'
import { isFresh, sessionOf } from './proof-locals.ts'
import { renewSession } from './session-start.ts'

/**
 * Whether the second factor was proved in the last five minutes, or is by what was sent with this form.
 *
 * Otherwise the page has been answered: a GET leads to the question and back, a POST gets the question together
 * with everything that was typed except secrets, and is sent again to the same address.
 */
export async function provesNow(page: Page<Viewer>): Promise<boolean> {
  if (isFresh(page.context)) return true
  const { context, viewer } = page
  if (viewer.factors.length === 0) {
    page.recordAs('denied')
    page.redirect('/account/factors', 'needed')
    return false
  }
  if (context.method !== 'POST') {
    page.recordAs('denied')
    page.redirect(`/account/proof?next=${encodeURIComponent(context.path)}`)
    return false
  }
  const fields = Object.entries(typed(page.form)).flatMap(([name, value]) => [value].flat().map(one => [name, one]))
  // Their names stay, so that the question can say that they have to be typed again.
  const secrets = secretsIn(page.form).map(name => [name, ''])
  return provesBy(page, { fields: [...fields, ...secrets], to: context.path })
}

/** Checks the proof in this form; without a right one the question stands there (again). */
export async function provesBy(
  page: Page<Viewer>,
  locals: { readonly fields: readonly (readonly (string | undefined)[])[]; readonly to: string },
): Promise<boolean> {
  const proof = proofIn(page.form)
  const verdict = proof ? await checkProof(page.house, page.viewer.id, proof, sessionOf(page.context)) : null
  if (verdict?.kind === 'right') {
    page.detail('by', verdict.by)
    await renewSession(page, verdict.factor)
    return true
  }
  const again = locals.fields.some(([name = '']) => isSecret(name))
  refuseProof(page, verdict, 'people/proof', { ...locals, again })
  return false
}

/** The same form with the question; what was wrong with the answer, if there was one. */
export function refuseProof<V extends Viewer | null>(
  page: Page<V>,
  verdict: Exclude<ProofVerdict, { kind: 'right' }> | null,
  view: string,
  locals: Record<string, unknown>,
): void {
  const wait = verdict?.kind === 'wait' ? verdict.seconds : null
  page.refuse(view, locals, [
    ...(wait === null ? [] : [{ field: 'proof', key: 'proof.wait', values: { minutes: Math.ceil(wait / 60) } }]),
    ...(verdict?.kind === 'wrong' ? [{ field: 'proof', key: 'proof.wrong' }] : []),
  ])
  if (wait === null) return
  page.context.status = 429
  page.context.set('Retry-After', String(wait))
}

/** What stands in the first of the fields for a proof that is not empty. */
export function proofIn(form: Form): string {
  return (
    form
      .all('proof')
      .find(text => text.trim() !== '')
      ?.trim() ?? ''
  )
}
