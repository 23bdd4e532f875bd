import type { CaseStep } from '../audit/log.ts'
import { instant } from '../clock.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { qrPath } from '../web/qr.ts'
import { findOpenReport, readReport } from './opened-report.ts'
import { type OwnCase, ownCase, sessionOf } from './pair.ts'
import { choiceFrom, recordsShown, summaryOf } from './report-shown.ts'

/** What two auditors found, for these two: to read alone, to print and to keep longer only together. */
export const reports = new Pages()

const day = 86_400_000
const longestExtension = 90 * day

function locals(page: Page<Viewer>, own: OwnCase) {
  const { house } = page
  const { language } = page.context.state
  const { one, auditor, other } = own
  const report = findOpenReport(house, sessionOf(page), own)
  const choice = choiceFrom(name => page.query(name))
  const records = report && recordsShown(language, report, choice)
  return {
    sheets: ['audit.css'],
    one,
    auditor: auditor.id,
    other,
    people: [own.requester, own.reviewer],
    until: one.report === 'there' ? language.moment.full(instant(one.until)) : null,
    // Neither can be kept longer than this, whoever agrees.
    extendable: (one.executedAt ?? 0) + longestExtension > one.until,
    report: report && { ...summaryOf(language, report), ...records },
    choice,
    pages: pagesOf(page, records?.page),
    read: language.moment.full(instant(house.clock.now())),
  }
}

function pagesOf(page: Page<Viewer>, shown: { current: number; total: number } | undefined) {
  if (!shown) return { current: 1, total: 1, hrefPrev: null, hrefNext: null }
  const href = (number: number) => {
    const query = new URLSearchParams()
    for (const name of ['area', 'person']) {
      const value = page.query(name)
      if (value) query.set(name, value)
    }
    query.set('page', String(number))
    return `${page.context.path}?${query}#records`
  }
  const { current, total } = shown
  return {
    current,
    total,
    hrefPrev: current > 1 ? href(current - 1) : null,
    hrefNext: current < total ? href(current + 1) : null,
  }
}

/** A case whose report has been made; before that there is nothing to see, and the case's own page says why. */
async function withReport(page: Page<Viewer>): Promise<OwnCase | null> {
  const own = await ownCase(page)
  if (own.one.state === 'executed' || own.one.state === 'closed') return own
  page.redirect(`/cases/${own.one.id}`)
  return null
}

reports.get('/cases/:id/report', { who: auditors, action: 'case.report.show' }, async page => {
  const own = await withReport(page)
  if (own) page.render('cases/report', locals(page, own))
})

reports.post('/cases/:id/report', { who: auditors, action: 'case.report.open', fresh: true }, async page => {
  const own = await withReport(page)
  if (!own) return
  if (own.one.report !== 'there') return page.redirect(`/cases/${own.one.id}/report`)
  await page.record('try')
  const error = await readReport(page.house, sessionOf(page), own, page.form.text('passphrase'))
  if (error) return page.refuse('cases/report', locals(page, own), [error])
  page.redirect(`/cases/${own.one.id}/report`)
})

reports.get('/cases/:id/report/sheet', { who: auditors, action: 'case.report.sheet' }, async page => {
  const own = await withReport(page)
  if (!own) return
  const report = findOpenReport(page.house, sessionOf(page), own)
  if (!report || !own.one.exported) return page.redirect(`/cases/${own.one.id}/report`)
  const { language } = page.context.state
  const { note } = report.proofs
  page.render('cases/report-sheet', {
    ...locals(page, own),
    bare: true,
    today: page.house.clock.today(),
    report: {
      ...summaryOf(language, report),
      ...recordsShown(language, report, { area: null, person: null, page: 1 }, true),
    },
    proofs: report.proofs,
    note: note.split('\n'),
    qr: note === '' ? null : qrPath(note),
  })
})

/** Takes one of the steps that two people take one after the other; what cannot follow is told like a stale page. */
async function take(page: Page<Viewer>, step: (own: OwnCase) => CaseStep, ok: string): Promise<void> {
  const own = await withReport(page)
  if (!own) return
  await page.record('try')
  try {
    await page.house.audit.step(step(own))
  } catch (error) {
    if ((error as Error).name === 'CaseRefused') page.throw(409)
    throw error
  }
  page.redirect(`/cases/${own.one.id}/report`, ok)
}

reports.post('/cases/:id/export', { who: auditors, action: 'case.export.propose', fresh: true }, page =>
  take(page, ({ one, auditor }) => ({ step: 'propose-export', case: one.id, auditor: auditor.id }), 'proposed'),
)

reports.post('/cases/:id/export/confirmation', { who: auditors, action: 'case.export.confirm', fresh: true }, page =>
  take(page, ({ one, auditor }) => ({ step: 'export', case: one.id, auditor: auditor.id }), 'exported'),
)

reports.post('/cases/:id/extension', { who: auditors, action: 'case.extension.propose', fresh: true }, page =>
  take(page, ({ one, auditor }) => ({ step: 'propose-extension', case: one.id, auditor: auditor.id }), 'proposed'),
)

reports.post(
  '/cases/:id/extension/confirmation',
  { who: auditors, action: 'case.extension.confirm', fresh: true },
  page =>
    take(
      page,
      ({ one, auditor }) => ({
        step: 'extend',
        case: one.id,
        auditor: auditor.id,
        until: Math.min(one.until + 30 * day, (one.executedAt ?? 0) + longestExtension),
      }),
      'extended',
    ),
)
