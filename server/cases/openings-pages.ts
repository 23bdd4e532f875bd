import { type ClosedCount, closedCounts } from '../audit/cases.ts'
import { members } from '../people/who.ts'
import type { Language } from '../web/i18n.ts'
import { officesIn } from '../web/offices.ts'
import { Pages } from '../web/pages.ts'
import { noticeRows } from './desk.ts'

/** "Wer hat das Protokoll geöffnet?": for everybody inside, in numbers, without a name. */
export const openings = new Pages()

/** A year's openings by category; offices only as words. */
function yearOf(language: Language, year: number, counts: readonly ClosedCount[]) {
  return {
    year,
    total: counts.reduce((sum, one) => sum + one.count, 0),
    rows: counts.map(({ category, offices, count }) => ({ category, offices: officesIn(language, offices), count })),
  }
}

openings.get('/openings', { who: members, action: 'opening.list' }, async page => {
  const { audit, clock } = page.house
  const { language } = page.context.state
  // Cases are numbered and counted by years of UTC.
  const year = new Date(clock.now()).getUTCFullYear()
  const years = await Promise.all(
    [year, year - 1].map(async one => yearOf(language, one, await closedCounts(audit, one))),
  )
  page.render('cases/openings', {
    sheets: ['audit.css'],
    years,
    none: years.every(one => one.total === 0),
    own: await noticeRows(page.viewer, null),
  })
})
