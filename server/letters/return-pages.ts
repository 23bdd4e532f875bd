import type { Viewer } from '../people/viewer.ts'
import type { Addressee } from '../people/visible.ts'
import { staff } from '../people/who.ts'
import { csvFile } from '../web/csv.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { checkAnswer } from './form.ts'
import { answerText, type Letter, runs } from './letter.ts'
import { listAddressees, replyToLetter } from './replies.ts'
import { isUnreached, returnsLocals, sameList, statusOf } from './returns.ts'
import { shownLetter } from './shown.ts'
import { findLetter } from './store.ts'

/** Who has answered, child by child. */
export const returning = new Pages()

async function ownLetter(viewer: Viewer, page: Page<Viewer>): Promise<Letter> {
  const letter = (await findLetter(viewer, page.params.id ?? '')) ?? page.throw(404)
  if (letter.published_at === null || !runs(viewer, letter)) page.throw(404)
  return letter
}

/** A letter that still waits for answers, be it after its deadline. */
async function awaited(viewer: Viewer, page: Page<Viewer>): Promise<Letter> {
  const letter = await ownLetter(viewer, page)
  if (letter.withdrawn_at !== null || letter.answer === 'none') page.throw(409)
  return letter
}

/** Names the letter, and its groups where they stand for all their children. */
function concern(page: Page<Viewer>, letter: Letter): void {
  page.concerns('letter', letter.id)
  page.concernsGroups(letter.audience.map(({ group }) => group))
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
  const head = ['name', 'group', 'status', 'answer', 'paper', 'at'].map(column => page.t(`letters.csv.${column}`))
  const rows = (await listAddressees(page.viewer, letter.id)).map(one => [
    `${one.family_name}, ${one.given_name}`,
    one.group_name,
    page.t(`letters.status.${statusOf(one)}`),
    one.value === null ? '' : answerText(language.t, letter, one.value),
    one.value === null ? '' : page.t(one.paper ? 'letters.yes' : 'letters.no'),
    one.replied_at ? sortable(one.replied_at, page.house.config.timeZone) : (one.read_on ?? ''),
  ])
  page.context.set('Content-Disposition', `attachment; filename="${letter.number}.csv"`)
  page.context.type = 'text/csv; charset=utf-8'
  page.context.body = csvFile([head, ...rows])
})

/** A moment as spreadsheets take it for a date and sort it: `2026-11-23 09:05`. */
function sortable(at: string, zone: string): string {
  return Temporal.Instant.from(at)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ')
}

async function addressee(viewer: Viewer, letter: Letter, pupil: string): Promise<Addressee | undefined> {
  return (await listAddressees(viewer, letter.id)).find(one => one.pupil_id === pupil)
}

/** What guardians answered themselves is theirs to change; a slip on paper does not go over it. */
function answeredOnline({ value, paper }: Addressee): boolean {
  return value !== null && paper !== 1
}

returning.post('/letters/:id/paper-replies', { who: staff, action: 'letter.reply.paper' }, async page => {
  const letter = await awaited(page.viewer, page)
  const pupil = page.form.text('pupil')
  const row = (await addressee(page.viewer, letter, pupil)) ?? page.throw(404)
  const value = checkAnswer(page.form, letter)
  const online = answeredOnline(row)
  page.concerns('letter', letter.id)
  page.concerns('pupil', pupil)
  if (value === undefined || online) {
    const locals = await returnsLocals(page, letter)
    return page.refuse('letters/returns', { ...locals, paperFor: pupil }, [
      { field: `row-${pupil}`, key: online ? 'letters.reply-online' : `letters.reply-missing-${letter.answer}` },
    ])
  }
  await page.change(async change => {
    const still = await awaited(change, page)
    const now = await addressee(change, still, pupil)
    if (!now || answeredOnline(now)) page.throw(409)
    await replyToLetter(change, still, pupil, value, true)
  })
  page.redirect(sameList(page, letter), 'paper')
})

returning.get('/letters/:id/paper', { who: staff, action: 'letter.print' }, async page => {
  const letter = await ownLetter(page.viewer, page)
  concern(page, letter)
  const only = page.query('only') === 'unreached' ? isUnreached : () => true
  const group = page.query('group')
  const meant = (await listAddressees(page.viewer, letter.id))
    .filter(only)
    .filter(one => group === null || one.group_id === group)
  const shown = shownLetter(page.context.state.language, letter)
  page.render('letters/print', {
    prints: meant.map(one => {
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
