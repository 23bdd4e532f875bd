import type { Config } from '../config.ts'
import { Pages } from '../web/pages.ts'
import { actions, areas, kinds, purposes } from './kinds.ts'

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

inventory.open('/recording', page => {
  const days = retentionDays(page.house.config)
  page.render('audit/kinds', { areas: listed, days, backup: backupDays, longest: days + backupDays })
})

function retentionDays(config: Config & { readonly audit?: { readonly retentionDays: number } }): number {
  return config.audit?.retentionDays ?? 90
}
