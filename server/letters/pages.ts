import type { Viewer } from '../people/viewer.ts'
import { families, members } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { authoring } from './author-pages.ts'
import { mayWrite } from './drafts.ts'
import { checkAnswer } from './form.ts'
import { isOpen, type Letter, runs } from './letter.ts'
import { listAddressees, noteOpened, replyToLetter } from './replies.ts'
import { returning } from './return-pages.ts'
import { isUnreached } from './returns.ts'
import { letterRow, shownLetter, shownSlip, slipRows } from './shown.ts'
import { findLetter, listCurrent, listReceived, listSlips, listSlipsOf, listWritten } from './store.ts'

/** Letters as they are read and answered. */
export const letters = new Pages()
// Before the rest: /letters/new would otherwise be taken for a letter's id.
letters.include(authoring)
letters.include(returning)

letters.get('/letters', { who: members, action: 'letter.list' }, async page => {
  const { viewer } = page
  const { language } = page.context.state
  const written = page.query('written') !== null && viewer.holds('teacher', 'office', 'head')
  const number = Math.min(500, Math.max(1, Number.parseInt(page.query('page') ?? '1', 10) || 1))
  const { letters: shown, more } = written ? await listWritten(viewer, number) : await listReceived(viewer, number)
  const slips = Map.groupBy(
    await listSlipsOf(
      viewer,
      shown.map(letter => letter.id),
    ),
    slip => slip.letter_id,
  )
  const rows = shown.flatMap(letter => {
    const own = slips.get(letter.id)
    if (own && !written) return slipRows(language, own, pupilNames(viewer), viewer.today)
    return [letterRow(language, letter, viewer.today, hrefOf(letter))]
  })
  const href = (to: number) => `/letters?${written ? 'written=1&' : ''}page=${to}`
  page.render('letters/index', {
    mine: viewer.holds('teacher', 'office', 'head'),
    writes: mayWrite(viewer),
    tab: written ? 'written' : 'received',
    rows,
    pages: {
      current: number,
      total: more ? null : number,
      hrefPrev: number > 1 ? href(number - 1) : null,
      hrefNext: more ? href(number + 1) : null,
    },
  })
})

function hrefOf(letter: Letter): string {
  return letter.published_at === null ? `/letters/${letter.id}/preview` : `/letters/${letter.id}`
}

export function pupilNames(viewer: Viewer): (pupil: string) => string {
  return id => viewer.pupils.find(pupil => pupil.id === id)?.given_name ?? ''
}

async function letterPage(page: Page<Viewer>, letter: Letter) {
  const { viewer } = page
  const { language } = page.context.state
  const slips = await listSlips(viewer, letter.id)
  const unopened = slips.filter(slip => !slip.opened).map(slip => slip.pupil_id)
  page.concerns('letter', letter.id)
  page.concerns('pupil', ...slips.map(slip => slip.pupil_id))
  const change = page.query('change')
  const manage = viewer.holds('teacher', 'office', 'head') && runs(viewer, letter)
  const addressees = manage ? await listAddressees(viewer, letter.id) : []
  const shown = slips.map(slip => {
    const pupil = viewer.pupils.find(one => one.id === slip.pupil_id) ?? {
      given_name: '',
      name: '',
      may_act: false,
      self: false,
    }
    return shownSlip(language, letter, slip, pupil, slip.pupil_id === change)
  })
  const done = shown.length > 0 && shown.every(slip => slip.reply !== null)
  const confirmed = done && letter.answer === 'acknowledgement'
  return {
    unopened,
    locals: {
      letter: shownLetter(language, letter),
      open: isOpen(letter, viewer.today),
      slips: shown,
      done,
      confirmed_at: confirmed
        ? slips
            .map(slip => slip.replied_at ?? '')
            .toSorted()
            .at(-1)
        : null,
      manage,
      children: addressees.length,
      unreached: addressees.filter(isUnreached).length,
      author: letter.author_id === viewer.id,
      remaining:
        page.query('ok') === null ? 0 : new Set((await listCurrent(viewer)).due.map(slip => slip.letter_id)).size,
      title: letter.title,
    },
  }
}

letters.get('/letters/:id', { who: members, action: 'letter.read' }, async page => {
  const letter = (await findLetter(page.viewer, page.params.id ?? '')) ?? page.throw(404)
  if (letter.published_at === null) return page.redirect(`/letters/${letter.id}/preview`)
  const { unopened, locals } = await letterPage(page, letter)
  const speculative = /prefetch|prerender/.test(page.context.get('sec-purpose'))
  if (unopened.length > 0 && !speculative) await page.change(change => noteOpened(change, letter.id, unopened))
  page.render('letters/show', locals)
})

letters.post('/letters/:id/replies', { who: families, action: 'letter.reply' }, async page => {
  const letter = (await findLetter(page.viewer, page.params.id ?? '')) ?? page.throw(404)
  const pupil = page.form.text('pupil')
  const slip = (await listSlips(page.viewer, letter.id)).find(one => one.pupil_id === pupil) ?? page.throw(404)
  const problem = answerProblem(page, letter, slip.pupil_id)
  if (problem) {
    const { locals } = await letterPage(page, letter)
    return page.refuse('letters/show', locals, [{ field: `slip-${pupil}`, key: problem }])
  }
  const value = checkAnswer(page.form, letter) ?? page.throw(409)
  page.concerns('letter', letter.id)
  page.concerns('pupil', pupil)
  await page.change(async change => {
    const still = (await findLetter(change, letter.id)) ?? page.throw(404)
    const meant = (await listSlips(change, letter.id)).some(one => one.pupil_id === pupil)
    const mayAct = change.pupils.some(one => one.id === pupil && one.may_act)
    if (!isOpen(still, change.today) || !meant || !mayAct) page.throw(409)
    await replyToLetter(change, still, pupil, value, false)
  })
  page.redirect(`/letters/${letter.id}`, 'answered')
})

function answerProblem(page: Page<Viewer>, letter: Letter, pupil: string): string | null {
  if (!isOpen(letter, page.viewer.today)) return letter.withdrawn_at ? 'letters.reply-withdrawn' : 'letters.reply-late'
  if (!page.viewer.pupils.some(one => one.id === pupil && one.may_act)) return 'letters.reply-not-you'
  return checkAnswer(page.form, letter) === undefined ? `letters.reply-missing-${letter.answer}` : null
}

letters.get('/letters/:id/print', { who: members, action: 'letter.print' }, async page => {
  const { viewer } = page
  const { language } = page.context.state
  const letter = (await findLetter(viewer, page.params.id ?? '')) ?? page.throw(404)
  const slips = await listSlips(viewer, letter.id)
  page.concerns('letter', letter.id)
  page.concerns('pupil', ...slips.map(slip => slip.pupil_id))
  const shown = shownLetter(language, letter)
  const prints = slips.map(slip => ({
    letter: shown,
    pupil: { name: viewer.pupils.find(one => one.id === slip.pupil_id)?.name ?? '', group: slip.group_name },
    recipient: null,
    code: null,
  }))
  page.render('letters/print', {
    prints: prints.length > 0 ? prints : [{ letter: shown, pupil: null, recipient: null, code: null }],
    printed_at: new Date(page.house.clock.now()).toISOString(),
    printed_by: viewer.name,
    back: `/letters/${letter.id}`,
    bare: true,
  })
})
