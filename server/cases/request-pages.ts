import type { Case } from '../audit/cases.ts'
import type { CaseRequest } from '../audit/opening/papers.ts'
import { type AuditorRow, findAuditor } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors } from '../people/who.ts'
import type { FormError } from '../web/form.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { takeDisclosure } from './disclosures.ts'
import { marksOf } from './marks.ts'
import { refusalOf } from './refusals.ts'
import { fileRequest, frozen, inTurn, NobodyElse } from './request.ts'
import { checkRequest, type Draft, type RequestInput, readDraft } from './request-form.ts'
import { checkLocals, choiceFor, formLocals } from './request-shown.ts'
import { checkOwnTies } from './rules.ts'
import { searchSubjects } from './subjects.ts'

/** From a suspicion to a request that nobody can change any more. */
export const requesting = new Pages()

/** The office alone makes nobody an auditor: the ledger has to know them, too. */
export async function thisAuditor(page: Page<Viewer>): Promise<AuditorRow> {
  return (await findAuditor(page.house, page.viewer)) ?? page.throw(403)
}

const empty: Draft = {
  ...{ category: null, reason: '', source: '', subjects: [], letter: '' },
  ...{ from: '', to: '', areas: [], asker: '', shown_on: '' },
}

requesting.get('/cases/new', { who: auditors, action: 'case.draft' }, async page => {
  await thisAuditor(page)
  const asker = page.query('asker')
  // From the start page: somebody asks to see their own data.
  const draft: Draft = asker === null ? empty : { ...empty, category: 'access', asker }
  page.render('cases/new', await formLocals(page, draft, await choiceFor(page, draft), null))
})

requesting.post('/cases/new', { who: auditors, action: 'case.draft' }, async page => {
  const auditor = await thisAuditor(page)
  const draft = readDraft(page.form)
  const choice = await choiceFor(page, draft)
  if (page.form.text('act') === 'check') {
    const checked = checkRequest(draft, choice)
    const problems = checked.ok ? await tiesOf(page.viewer, checked.input) : checked.errors
    if (!checked.ok || problems.length > 0) return refuse(page, draft, problems)
    return page.render('cases/check', await checkLocals(page, draft, checked.input, auditor))
  }
  const searches = page.form.text('act') === 'search'
  const { found, more } = await searchSubjects(page.viewer, page.form.text('name').slice(0, 100))
  if (searches) page.detail('found', found.length)
  page.render('cases/new', await formLocals(page, draft, choice, searches ? found : null, more))
})

requesting.post('/cases', { who: auditors, action: 'case.request', fresh: true }, async page => {
  const auditor = await thisAuditor(page)
  const draft = readDraft(page.form)
  const checked = checkRequest(draft, await choiceFor(page, draft))
  if (!checked.ok) return refuse(page, draft, checked.errors)
  const { input } = checked
  const problems = await tiesOf(page.viewer, input)
  if (problems.length > 0) return refuse(page, draft, problems)
  const request = frozen(page.house, input, saidIn(page, input))
  const made = await inTurn(() => file(page, auditor, input, request))
  if ('key' in made) return refuse(page, draft, [made])
  page.redirect(`/cases/${made.id}`, 'requested')
})

/** Case and claim together, or nothing; the record stands before both. */
async function file(
  page: Page<Viewer>,
  auditor: AuditorRow,
  input: RequestInput,
  request: CaseRequest,
): Promise<Case | FormError> {
  const id = await page.house.audit.nextCase()
  page.concerns('case', String(id))
  try {
    return await page.change(async change => {
      const [tie] = await checkOwnTies(change, request)
      if (tie) throw new Tied(tie)
      if (input.disclosure && !(await takeDisclosure(page.house, change, input.disclosure.id, id)))
        throw new Tied('taken')
      await page.record('try')
      return fileRequest(page.house, change, auditor, id, request)
    })
  } catch (error) {
    if (error instanceof Tied) return { field: 'subject', key: `cases.refused.${error.why}` }
    if (error instanceof NobodyElse) return { field: 'subject', key: 'cases.refused.nobody' }
    const reason = refusalOf(error)
    await page.recordFailure('denied', 422)
    return { field: '', key: `cases.refused.${reason}` }
  }
}

/** What stands in the way inside the transaction, found too late for the form's own check. */
class Tied extends Error {
  readonly why: string
  constructor(why: string) {
    super(why)
    this.why = why
  }
}

async function tiesOf(viewer: Viewer, input: RequestInput): Promise<FormError[]> {
  const about = { subjects: input.subjects.map(({ id, name }) => ({ kind: 'account' as const, id, name })) }
  const object = input.object && { ...input.object, kind: input.object.kind as 'pupil' | 'letter' }
  const field = input.category === 'access' ? 'asker' : 'subject'
  return (await checkOwnTies(viewer, { ...about, object }))
    .slice(0, 1)
    .map(tie => ({ field, key: `cases.refused.${tie}` }))
}

/** Texts that the form does not ask for, because they follow from the category, and the marks of who makes it. */
function saidIn(page: Page<Viewer>, input: RequestInput) {
  const { day, moment } = page.context.state.language
  const made = marksOf(page)
  if (input.category !== 'access') return { reason: input.reason, source: input.source, made }
  const source = input.disclosure
    ? page.t('cases.access.portal', { moment: moment.full(input.disclosure.asked_at) })
    : page.t('cases.access.paper', { day: day.full(input.shownOn ?? input.to) })
  return { reason: page.t('cases.access.reason'), source, made }
}

async function refuse(page: Page<Viewer>, draft: Draft, errors: readonly FormError[]): Promise<void> {
  const locals = await formLocals(page, draft, await choiceFor(page, draft), null)
  page.refuse(
    'cases/new',
    locals,
    errors.map(error =>
      error.field === 'subject' && draft.subjects.length === 0 ? { ...error, field: 'name' } : error,
    ),
  )
}
