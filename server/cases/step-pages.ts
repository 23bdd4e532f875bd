import type { CaseStep } from '../audit/log.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors, heads } from '../people/who.ts'
import type { Change } from '../storage/change.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { caseLocals, standingOf } from './case-shown.ts'
import { returnDisclosures } from './disclosures.ts'
import { keepEndorsement } from './endorsements.ts'
import { refusalOf } from './refusals.ts'
import { wordsProblems } from './review-form.ts'
import { admitted, refuseCase, thisCase } from './review-pages.ts'

/** The head's agreement to a case beyond the limit, and the end of a case before it is opened. */
export const stepping = new Pages()

/** Takes a step after `work` in one transaction; the key of a sentence where it cannot be taken. */
async function take(
  page: Page<Viewer>,
  step: CaseStep,
  work: (change: Change) => Promise<void>,
): Promise<string | null> {
  try {
    await page.change(async change => {
      await work(change)
      await page.record('try')
      await page.house.audit.step(step)
    })
    return null
  } catch (error) {
    const reason = refusalOf(error)
    await page.recordFailure('denied', 422)
    return `cases.refused.${reason}`
  }
}

stepping.post('/cases/:id/endorsement', { who: heads, action: 'case.endorse', fresh: true }, async page => {
  const one = await thisCase(page)
  const standing = await standingOf(page, one)
  const { endorses } = await caseLocals(page, one, standing)
  if (!endorses) return refuseCase(page, one, standing, [{ field: '', key: 'cases.refused.endorsement' }])
  const words = page.form.text('words').trim()
  const problems = wordsProblems(words)
  if (problems.length > 0) return refuseCase(page, one, standing, problems)
  const refusal = await take(page, { step: 'endorse', case: one.id }, change => keepEndorsement(change, one.id, words))
  if (refusal) return refuseCase(page, one, standing, [{ field: '', key: refusal }])
  page.redirect(`/cases/${one.id}`, 'endorsed')
})

stepping.post('/cases/:id/cancellation', { who: auditors, action: 'case.cancel', fresh: true }, async page => {
  const one = await thisCase(page)
  const standing = admitted(page, await standingOf(page, one))
  const { auditor } = standing
  const { cancels } = await caseLocals(page, one, standing)
  if (!auditor || !cancels) return refuseCase(page, one, standing, [{ field: '', key: 'cases.refused.cancellation' }])
  const refusal = await take(page, { step: 'cancel', case: one.id, auditor: auditor.id }, async () => undefined)
  if (refusal) return refuseCase(page, one, standing, [{ field: '', key: refusal }])
  await page.change(change => returnDisclosures(page.house, change))
  page.redirect(`/cases/${one.id}`, 'cancelled')
})
