import type { Page } from '../web/page.ts'
import { invitable, listInvitations } from './invitations.ts'
import { type Colleague, listColleagues } from './staff.ts'
import type { Viewer } from './viewer.ts'

export function nameOf(one: { readonly given_name: string; readonly family_name: string }): string {
  return `${one.given_name} ${one.family_name}`
}

/** What the list of staff shows. */
export async function staffLocals(page: Page<Viewer>) {
  const [everybody, invitations] = await Promise.all([listColleagues(page.viewer), listInvitations(page.viewer)])
  const now = new Date(page.house.clock.now()).toISOString()
  const row = (one: Colleague) => ({
    id: one.id,
    name: `${one.family_name}, ${one.given_name}`,
    offices: one.offices,
    groups: one.groups.map(group => group.name),
  })
  return {
    people: everybody.filter(one => one.offices.length > 0).map(row),
    former: everybody.filter(one => one.offices.length === 0).map(row),
    invitations: invitations.map(one => ({
      id: one.id,
      name: nameOf(one),
      office: one.office,
      until: one.expires_at && one.expires_at > now ? one.expires_at.slice(0, 10) : null,
    })),
    invitable,
  }
}
