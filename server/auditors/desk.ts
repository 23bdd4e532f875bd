import type { House } from '../house.ts'
import { mayDecide, readBench } from '../people/suspensions.ts'
import type { Viewer } from '../people/viewer.ts'
import { type Invitation, mayConfirm } from './appointment.ts'
import { listInvitations, listSuspensions, type Suspension } from './store.ts'

/** Proposals that wait for a second person, which the viewer may be. */
export async function listToConfirm(house: House, viewer: Viewer): Promise<Invitation[]> {
  if (!viewer.holds('admin', 'head', 'auditor')) return []
  const [invitations, bench] = await Promise.all([listInvitations(viewer), readBench(house)])
  return invitations.filter(one => mayConfirm(viewer, one, bench))
}

/** Auditors whom somebody suspended, and about whom the viewer may decide. */
export async function listToDecide(house: House, viewer: Viewer): Promise<Suspension[]> {
  if (!viewer.holds('admin', 'head', 'auditor')) return []
  const [suspensions, bench] = await Promise.all([listSuspensions(viewer), readBench(house)])
  return suspensions.filter(one => mayDecide(viewer, one, bench))
}
