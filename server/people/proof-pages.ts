import { provesBy } from '../web/fresh.ts'
import { Pages } from '../web/pages.ts'
import { safePath } from './sign-in.ts'
import { members } from './who.ts'

/** The question for the second factor on the way to a page that asks for a fresh one. */
export const proof = new Pages()

const to = '/account/proof'

proof.get('/account/proof', { who: members, action: 'factor.prove' }, page => {
  if (page.viewer.factors.length === 0) return page.redirect('/account/factors', 'needed')
  page.render('people/proof', { to, fields: [['next', safePath(page.query('next'))]], again: false })
})

proof.post('/account/proof', { who: members, action: 'factor.prove' }, async page => {
  if (page.viewer.factors.length === 0) return page.redirect('/account/factors', 'needed')
  const next = safePath(page.form.text('next'))
  if (await provesBy(page, { to, fields: [['next', next]] })) page.redirect(next)
})
