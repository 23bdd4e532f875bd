import type { Viewer } from '../people/viewer.ts'
import type { Addressee } from '../people/visible.ts'
import { staff } from '../people/who.ts'
import { csvFile } from '../web/csv.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { checkAnswer } from './form.ts'
import { answersOf, answerText, type Letter, runs } from './letter.ts'
import { listAddressees, replyToLetter } from './replies.ts'
import { shownLetter } from './shown.ts'
import { findLetter } from './store.ts'

/** Who has answered, child by child. */
export const returning = new Pages()

const filters = ['all', 'open', 'answered', 'paper', 'unreached'] as const
type Filter = (typeof filters)[number]

const fits: Record<Filter, (one: Addressee) => boolean> = {
  all: () => true,
  open: one => one.value === null,
  answered: one => one.value !== null,
  paper: one => one.paper === 1,
  unreached: one => one.reached === 0,
}

async function ownLetter(viewer: Viewer, page: Page<Viewer>): Promise<Letter> {
  const letter = (await findLetter(viewer, page.params.id ?? '')) ?? page.throw(404)
  if (letter.published_at === null || !runs(viewer, letter)) page.throw(404)
  return letter
}

function statusOf(one: Addressee): 'unreached' | 'sent' | 'read' | 'answered' {
  if (one.value !== null) return 'answered'
  if (one.read_on !== null) return 'read'
  return one.reached ? 'sent' : 'unreached'
}

/** Names the letter, and its groups where they stand for all their children. */
function concern(page: Page<Viewer>, letter: Letter): void {
  page.concerns('letter', letter.id)
  page.concerns('group', ...new Set(letter.audience.map(({ group }) => group)))
}

async function returnsLocals(page: Page<Viewer>, letter: Letter) {
  const { language } = page.context.state
  const everybody = await listAddressees(page.viewer, letter.id)
  const groups = [...new Map(everybody.map(one => [one.group_id, one.group_name]))]
  const group = groups.find(([id]) => id === page.query('group')) ?? null
  const ofGroup = group ? everybody.filter(one => one.group_id === group[0]) : everybody
  const filter = filters.find(name => name === page.query('filter')) ?? 'all'
  const shown = ofGroup.filter(fits[filter])
  const row = (one: Addressee) => ({
    pupil_id: one.pupil_id,
    name: `${one.family_name}, ${one.given_name}`,
    group: one.group_name,
    status: statusOf(one),
    paper: one.paper === 1,
    answer: one.value === null ? null : answerText(language.t, letter, one.value),
    at: one.replied_at ? language.moment.short(one.replied_at) : one.read_on ? language.day.tag(one.read_on) : null,
  })
  const answers = answersOf(letter.answer, letter.choices)
  const missing = ofGroup.filter(fits.open)
  return {
    letter: shownLetter(language, letter),
    title: letter.title,
    filter,
    counts: Object.fromEntries(filters.map(name => [name, ofGroup.filter(fits[name]).length])),
    group: group && { id: group[0], name: group[1] },
    groups: groups.map(([id, name]) => ({
      id,
      name,
      href: `/letters/${letter.id}/returns?group=${id}`,
      current: id === group?.[0],
    })),
    groupsOfRows: (['open', 'answered'] as const).flatMap(name => {
      const rows = shown.filter(fits[name]).map(row)
      return rows.length > 0 ? [{ heading: page.t(`letters.returns.heading-${name}`), count: rows.length, rows }] : []
    }),
    tallies: answers.map(value => ({
      text: answerText(language.t, letter, value),
      count: ofGroup.filter(one => one.value === value).length,
    })),
    missing: missing.length,
    online: missing.filter(one => one.reached).length,
    offline: missing.filter(one => !one.reached).length,
    paperFor: page.query('paper'),
    choicesForPaper: answers.map(value => ({ value, text: answerText(language.t, letter, value) })),
  }
}

returning.get('/letters/:id/returns', { who: staff, action: 'letter.returns' }, async page => {
  const letter = await ownLetter(page.viewer, page)
  concern(page, letter)
  page.render('letters/returns', await returnsLocals(page, letter))
})

returning.get('/letters/:id/returns.csv', { who: staff, action: 'letter.export' }, async page => {
  const letter = await ownLetter(page.viewer, page)
  concern(page, letter)
  const { language } = page.context.state
  const head = ['name', 'group', 'status', 'answer', 'at'].map(column => page.t(`letters.csv.${column}`))
  const rows = (await listAddressees(page.viewer, letter.id)).map(one => [
    `${one.family_name}, ${one.given_name}`,
    one.group_name,
    page.t(`letters.status.${statusOf(one)}`),
    one.value === null ? '' : answerText(language.t, letter, one.value),
    one.replied_at ? language.moment.short(one.replied_at) : '',
  ])
  page.context.set('Content-Disposition', `attachment; filename="${letter.number}.csv"`)
  page.context.type = 'text/csv; charset=utf-8'
  page.context.body = csvFile([head, ...rows])
})

returning.post('/letters/:id/paper-replies', { who: staff, action: 'letter.reply.paper' }, async page => {
  const letter = await ownLetter(page.viewer, page)
  const pupil = page.form.text('pupil')
  const meant = (await listAddressees(page.viewer, letter.id)).some(one => one.pupil_id === pupil)
  if (!meant) page.throw(404)
  if (letter.withdrawn_at !== null) page.throw(409)
  const value = checkAnswer(page.form, letter)
  page.concerns('letter', letter.id)
  page.concerns('pupil', pupil)
  if (value === undefined) {
    const locals = await returnsLocals(page, letter)
    return page.refuse('letters/returns', { ...locals, paperFor: pupil }, [
      { field: `row-${pupil}`, key: `letters.reply-missing-${letter.answer}` },
    ])
  }
  await page.change(async change => replyToLetter(change, await ownLetter(change, page), pupil, value, true))
  page.redirect(`/letters/${letter.id}/returns`, 'paper')
})

returning.get('/letters/:id/paper', { who: staff, action: 'letter.print' }, async page => {
  const letter = await ownLetter(page.viewer, page)
  concern(page, letter)
  const only = page.query('only') === 'unreached' ? fits.unreached : fits.all
  const group = page.query('group')
  const meant = (await listAddressees(page.viewer, letter.id))
    .filter(only)
    .filter(one => group === null || one.group_id === group)
  const shown = shownLetter(page.context.state.language, letter)
  page.render('letters/print', {
    sheets: meant.map(one => {
      const name = `${one.given_name} ${one.family_name}`
      const recipient = { name: page.t('letters.print.family', { name }), lines: [one.group_name] }
      return { letter: shown, pupil: { name, group: one.group_name }, recipient, code: null }
    }),
    printed_at: new Date(page.house.clock.now()).toISOString(),
    printed_by: page.viewer.name,
    back: `/letters/${letter.id}/returns`,
    bare: true,
  })
})
