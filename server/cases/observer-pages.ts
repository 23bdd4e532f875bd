import { listCases, overdueCases } from '../audit/cases.ts'
import { stateLocals } from '../audit/ledger-pages.ts'
import { auditorHealth, drillDays } from '../people/auditor-care.ts'
import { countLocks, lapseLocks } from '../people/lapses.ts'
import { observers } from '../people/who.ts'
import { Pages } from '../web/pages.ts'
import { listHolds } from './holds.ts'

/** Whoever watches over the look-ups sees that they happen and that nothing is missing; never what was found. */
export const observing = new Pages()

const mostCases = 50
const instant = (ms: number): string => new Date(ms).toISOString()

observing.get('/observer', { who: observers, action: 'observer.show' }, async page => {
  const { house } = page
  await lapseLocks(house)
  const [state, cases, overdue, holds, health, locks] = await Promise.all([
    stateLocals(page),
    listCases(house.audit, Number.MAX_SAFE_INTEGER, mostCases),
    overdueCases(house.audit, house.clock.now()),
    listHolds(house.audit),
    auditorHealth(house),
    countLocks(house),
  ])
  page.render('cases/observer', {
    ...state,
    cases: cases.map(one => ({
      href: `/cases/${one.id}`,
      no: one.no,
      category: one.category,
      state: one.state,
      at: instant(one.requestedAt),
      result: one.result,
      told: one.told,
      report: one.report,
    })),
    overdue: overdue.map(one => ({ ...one, href: `/cases/${one.id}`, since: instant(one.since) })),
    most: mostCases,
    holds: holds.map(one => ({ ...one, from: instant(one.from), to: instant(one.to), until: instant(one.until) })),
    health: { healthy: health.healthy, active: health.active, overdue: health.overdue.length, days: drillDays },
    locks,
    now: instant(house.clock.now()),
  })
})
