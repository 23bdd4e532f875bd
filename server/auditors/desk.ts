import type { House } from '../house.ts'
import { mayDecide, readBench } from '../people/suspensions.ts'
import type { Viewer } from '../people/viewer.ts'
import { type Invitation, mayConfirm } from './appointment.ts'
import { listInvitations, listSuspensions, type Suspension } from './store.ts'

/** Proposals that wait for a second person, which the viewer may be. */
export async function listToConfirm(house: House, viewer: Viewer): Promise<Invitation[]> {
  if (!viewer.holds('admin', 'head', 'auditor')) return []
  const invitations = await listInvitations(viewer)
  // Hardly ever anything waits; only then the ledger is asked who may decide.
  if (invitations.length === 0) return []
  const bench = await readBench(house)
  return invitations.filter(one => mayConfirm(viewer, one, bench))
}

/** Auditors whom somebody suspended, and about whom the viewer may decide. */
export async function listToDecide(house: House, viewer: Viewer): Promise<Suspension[]> {
  if (!viewer.holds('admin', 'head', 'auditor')) return []
  const suspensions = await listSuspensions(viewer)
  if (suspensions.length === 0) return []
  const bench = await readBench(house)
  return suspensions.filter(one => mayDecide(viewer, one, bench))
}
