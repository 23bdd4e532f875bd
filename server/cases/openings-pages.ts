import { type ClosedCount, closedCounts } from '../audit/cases.ts'
import { members } from '../people/who.ts'
import { Pages } from '../web/pages.ts'
import { noticeRows } from './desk.ts'

/** "Wer hat das Protokoll geöffnet?": for everybody inside, in numbers, without a name. */
export const openings = new Pages()

/** A year's openings by category; offices only as words. */
function yearOf(year: number, counts: readonly ClosedCount[]) {
  return {
    year,
    total: counts.reduce((sum, one) => sum + one.count, 0),
    rows: counts.map(({ category, offices, count }) => ({ category, offices, count })),
  }
}

openings.get('/openings', { who: members, action: 'opening.list' }, async page => {
  const { audit, clock } = page.house
  // Cases are numbered and counted by years of UTC.
  const year = new Date(clock.now()).getUTCFullYear()
  const years = await Promise.all([year, year - 1].map(async one => yearOf(one, await closedCounts(audit, one))))
  page.render('cases/openings', {
    years,
    none: years.every(one => one.total === 0),
    own: await noticeRows(page.viewer, null),
  })
})
