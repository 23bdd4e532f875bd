import { type Case, listCases, openCases } from '../audit/cases.ts'
import { findAuditor } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import { caseReaders } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { auditorNames } from './case-shown.ts'
import { caseRows } from './desk.ts'
import { disclosing } from './disclosure-pages.ts'
import { requesting } from './request-pages.ts'
import { reviewing } from './review-pages.ts'
import { stepping } from './step-pages.ts'

/** Cases: justified look-ups into the sealed log, each by two people. */
export const cases = new Pages()

const ofOnePage = 20
const instant = (ms: number): string => new Date(ms).toISOString()

/** A case as lists show it: never whom it is about. */
async function rowsOf(page: Page<Viewer>, which: readonly Case[]) {
  const names = await auditorNames(page)
  return which.map(one => ({
    href: `/cases/${one.id}`,
    no: one.no,
    category: one.category,
    state: one.state,
    head: one.head,
    at: instant(one.requestedAt),
    until:
      ['requested', 'approved', 'executed'].includes(one.state) && one.report !== 'shredded'
        ? instant(one.until)
        : null,
    result: one.result,
    requester: names.get(one.requester)?.office ?? '',
    reviewer: one.reviewer === null ? null : (names.get(one.reviewer)?.office ?? ''),
  }))
}

cases.get('/cases', { who: caseReaders, action: 'case.list' }, async page => {
  const { audit } = page.house
  const asked = Number(page.query('before') ?? Number.NaN)
  const before = Number.isSafeInteger(asked) && asked > 0 ? asked : Number.MAX_SAFE_INTEGER
  const [open, found] = await Promise.all([openCases(audit), listCases(audit, before, ofOnePage + 1)])
  const shown = found.slice(0, ofOnePage)
  const past = shown.filter(one => !open.some(other => other.id === one.id))
  const newest = before === Number.MAX_SAFE_INTEGER
  const auditor = await findAuditor(page.house, page.viewer)
  if (!auditor && !page.viewer.holds('head', 'observer')) page.throw(403)
  const desk = newest ? await caseRows(page.house, page.viewer) : []
  page.render('cases/index', {
    desk: desk.map(row => ({ ...row, until: row.until === null ? null : instant(row.until) })),
    open: newest ? await rowsOf(page, open.toReversed()) : [],
    past: await rowsOf(page, past),
    older: found.length > ofOnePage ? `/cases?before=${shown.at(-1)?.id}` : null,
    newest,
    requests: auditor !== undefined,
    sheets: ['audit.css'],
  })
})

for (const part of [requesting, reviewing, stepping, disclosing]) cases.include(part)
