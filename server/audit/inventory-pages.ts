import type { Viewer } from '../people/viewer.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { actions, areas, kinds, purposes } from './kinds.ts'
import { isAgain, listAuditors, oldestRecord } from './lines.ts'

/** How long a backup may hold what the portal has already deleted. */
const backupDays = 35

/** Each part of the portal with what is recorded there, grouped by what for. */
const listed = areas.map(area => {
  const own = actions.filter(action => kinds[action].area === area)
  return {
    area,
    count: own.length,
    groups: purposes
      .map(why => ({ why, actions: own.filter(action => kinds[action].why === why) }))
      .filter(group => group.actions.length > 0),
  }
})

/** What is recorded, why and for how long, for everybody who wants to know. */
export const inventory = new Pages()

inventory.open('/recording', async page => {
  const { retentionDays: days, witnessFolder } = page.house.config.audit
  const witness = witnessFolder === null ? 'no' : 'yes'
  const live = await present(page)
  page.render('audit/kinds', { areas: listed, days, backup: backupDays, longest: days + backupDays, witness, live })
})

/** How it stands at this moment; null where that cannot be read, for the rest of the page needs no file. */
async function present({ house, viewer, context }: Page<Viewer | null>) {
  const { language } = context.state
  const { audit, log } = house
  const { origin, size, verified, readable } = audit.standing
  try {
    const [oldest, auditors] = [await oldestRecord(audit), await listAuditors(audit)]
    return {
      since: oldest === null ? null : language.moment.day(new Date(oldest).toISOString()),
      readable,
      again: isAgain(origin),
      size,
      verified: verified && { ok: verified.ok, at: new Date(verified.at).toISOString() },
      count: auditors.length,
      // Whoever is signed in may know who they are; the page itself is open to everybody in the house.
      people: viewer ? auditors.map(one => one.person) : [],
    }
  } catch (error) {
    log.error({ route: '/recording', kind: (error as Error).constructor.name }, 'unavailable')
    return null
  }
}
