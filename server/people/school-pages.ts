import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { documentInForce } from './documents.ts'
import { checkDocument, checkSchool, describeSchool, issueDocument, readSchool } from './school.ts'
import type { Viewer } from './viewer.ts'
import { admin } from './who.ts'

/** Who the school is, and the texts that everybody accepts. */
export const schools = new Pages()

async function locals(page: Page<Viewer>) {
  const { house, viewer } = page
  const [row] = await viewer.read('school')
  return {
    described: row ?? null,
    documents: [
      { kind: 'terms', document: (await documentInForce(house, 'terms')) ?? null },
      { kind: 'privacy', document: (await documentInForce(house, 'privacy')) ?? null },
    ],
  }
}

schools.get('/school', { who: admin, action: 'school.show', beforeTerms: true }, async page => {
  page.render('school/edit', await locals(page))
})

schools.post('/school', { who: admin, action: 'school.describe', beforeTerms: true }, async page => {
  const checked = checkSchool(page.form)
  if (!checked.ok) return page.refuse('school/edit', await locals(page), checked.errors)
  await page.change(change => describeSchool(change, checked.input))
  await readSchool(page.house)
  page.redirect('/school', 'described')
})

schools.post(
  '/school/documents',
  { who: admin, action: 'school.document', beforeTerms: true, fresh: true },
  async page => {
    const checked = checkDocument(page.form)
    if (!checked.ok) return page.refuse('school/edit', await locals(page), checked.errors)
    const { kind, text } = checked.input
    const before = await documentInForce(page.house, kind)
    if (before?.text === text) return page.redirect('/school', 'same')
    await page.change(change => issueDocument(change, kind, text))
    page.redirect('/school', 'issued')
  },
)
