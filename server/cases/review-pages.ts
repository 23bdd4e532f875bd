import { type Case, caseEntries, findCase } from '../audit/cases.ts'
import {
  type CaseRequest,
  type CaseResult,
  type CaseReview,
  openPaper,
  PaperStaysClosed,
  sealPaper,
} from '../audit/opening/papers.ts'
import type { Holder } from '../audit/opening/period-key.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { zero } from '../audit/sealing/auditor-key.ts'
import { openAuditorKey } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors, caseReaders } from '../people/who.ts'
import type { FormError } from '../web/form.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { caseLocals, openedIn, readerOf, type Standing, standingOf } from './case-shown.ts'
import { returnDisclosures } from './disclosures.ts'
import { marksOf } from './marks.ts'
import { passphraseError } from './opened-report.ts'
import { refusalOf } from './refusals.ts'
import { listReaders } from './request.ts'
import { checkReview } from './review-form.ts'
import { checkOwnTies } from './rules.ts'

/** One case: how it stands, what the second person reads and decides. */
export const reviewing = new Pages()

export async function thisCase(page: Page<Viewer>): Promise<Case> {
  const id = Number(page.params.id)
  const found = Number.isSafeInteger(id) ? await findCase(page.house.audit, id) : undefined
  if (!found) return page.throw(404)
  page.concerns('case', String(found.id))
  return found
}

/** Whoever holds no other office than auditor has to be one in the ledger, too. */
export function admitted(page: Page<Viewer>, standing: Standing): Standing {
  if (!standing.auditor && !page.viewer.holds('head', 'observer')) page.throw(403)
  return standing
}

export async function refuseCase(page: Page<Viewer>, one: Case, standing: Standing, errors: readonly FormError[]) {
  page.refuse('cases/show', await caseLocals(page, one, standing), errors)
}

reviewing.get('/cases/:id', { who: caseReaders, action: 'case.show' }, async page => {
  const one = await thisCase(page)
  page.render('cases/show', await caseLocals(page, one, admitted(page, await standingOf(page, one))))
})

reviewing.post('/cases/:id/reading', { who: auditors, action: 'case.open', fresh: true }, async page => {
  const one = await thisCase(page)
  const standing = admitted(page, await standingOf(page, one))
  const { auditor, role } = standing
  if (!auditor || !['requester', 'reviewer', 'possible'].includes(role)) return page.throw(403)
  const opened = await openAuditorKey(page.house, auditor, page.form.text('passphrase'))
  const refuse = (key: string) => refuseCase(page, one, standing, [{ field: 'passphrase', key }])
  if (opened.kind !== 'open') return refuseCase(page, one, standing, [passphraseError(opened)])
  try {
    const papers = await openPapers(page, one, role, opened.holder)
    const tied = role === 'possible' && (await checkOwnTies(page.viewer, papers.request)).length > 0
    if (tied) return refuse('cases.not-open')
    page.house.openedCases.keep(readerOf(page), { ...papers, typed: typedIn(page) }, String(one.id))
    page.redirect(`/cases/${one.id}`)
  } catch (error) {
    // Whether somebody is concerned, and how, is not said: it would warn them.
    if (error instanceof PaperStaysClosed) return refuse(role === 'possible' ? 'cases.not-open' : 'cases.paper-closed')
    throw error
  } finally {
    zero(opened.holder.pair.privateKey)
  }
})

/** The request; where it is decided, and for the two whose case it is, the decision too, and in the end the result. */
async function openPapers(page: Page<Viewer>, one: Case, role: string, holder: Holder) {
  const { reading } = page.house.audit
  const instance = await instanceOf(reading)
  const request = await openPaper<CaseRequest>(reading, instance, one.id, 'request', holder)
  const decided = one.reviewer !== null && role !== 'possible'
  const review = decided ? await openPaper<CaseReview>(reading, instance, one.id, 'review', holder) : null
  // What the portal closed by itself has no paper.
  const written = decided && (await caseEntries(page.house.audit, one.id)).some(entry => entry.k === 'lookup_closed')
  const result = written ? await openPaper<CaseResult>(reading, instance, one.id, 'result', holder) : null
  return { request, review, result }
}

/** What was typed into a decision whose papers were no longer open. */
function typedIn(page: Page<Viewer>): Record<string, string | readonly string[]> {
  const { form } = page
  return { decision: form.text('decision'), words: form.text('words'), ticks: [...form.all('ticks')] }
}

reviewing.post('/cases/:id/review', { who: auditors, action: 'case.review', fresh: true }, async page => {
  const one = await thisCase(page)
  const standing = admitted(page, await standingOf(page, one))
  const { auditor, bar } = standing
  const refuse = (errors: readonly FormError[]) => refuseCase(page, one, standing, errors)
  if (one.state !== 'requested') return refuse([{ field: '', key: 'cases.refused.state' }])
  if (bar || !auditor) return refuse([{ field: '', key: `cases.refused.${bar ?? 'auditor'}` }])
  const opened = openedIn(page, one.id)
  if (!opened) return refuse([{ field: 'passphrase', key: 'cases.passphrase-again' }])
  const checked = checkReview(page.form)
  if (!checked.ok) return refuse(checked.errors)
  const { input: review } = checked
  page.detail('decision', review.decision)
  const own = marksOf(page)
  const shared = (['device', 'factor'] as const).filter(mark => own[mark] && own[mark] === opened.request.made?.[mark])
  if (shared[0]) page.detail('shared', shared[0])
  const refusal = await decide(page, opened.request, async () => {
    const { audit } = page.house
    const { hash, papers } = await sealPaper(
      await instanceOf(audit.reading),
      await listReaders(page.house, page.viewer, opened.request),
      'review',
      review,
    )
    return audit.step({ step: review.decision, case: one.id, reviewer: auditor.id, review: hash, papers })
  })
  if (refusal) {
    const now = await thisCaseAgain(page, one)
    return refuseCase(page, now, await standingOf(page, now), [{ field: '', key: refusal }])
  }
  page.house.openedCases.keep(readerOf(page), { ...opened, review, typed: {} }, String(one.id))
  if (review.decision === 'deny') await page.change(change => returnDisclosures(page.house, change))
  page.redirect(`/cases/${one.id}`, review.decision === 'approve' ? 'approved' : 'denied')
})

async function thisCaseAgain(page: Page<Viewer>, one: Case): Promise<Case> {
  return (await findCase(page.house.audit, one.id)) ?? one
}

/** Takes the step inside the viewer's transaction, so that neither a tie nor an ended office slips between. */
async function decide(page: Page<Viewer>, request: CaseRequest, step: () => Promise<Case>): Promise<string | null> {
  let tied: string | undefined
  try {
    await page.change(async change => {
      tied = (await checkOwnTies(change, request))[0]
      if (tied) throw new Error('A tie')
      await page.record('try')
      await step()
    })
    return null
  } catch (error) {
    if (tied) return `cases.refused.${tied}`
    const reason = refusalOf(error)
    await page.recordFailure('denied', 422)
    return `cases.refused.${reason}`
  }
}
