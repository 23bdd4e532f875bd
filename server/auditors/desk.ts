import type { House } from '../house.ts'
import { listActiveAuditors } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import { type Invitation, mayConfirm } from './appointment.ts'
import { listInvitations } from './store.ts'

/** Proposals that wait for a second person, which the viewer may be. */
export async function listToConfirm(house: House, viewer: Viewer): Promise<Invitation[]> {
  if (!viewer.holds('admin', 'head', 'auditor')) return []
  const [invitations, auditors] = await Promise.all([listInvitations(viewer), listActiveAuditors(house)])
  return invitations.filter(one => mayConfirm(viewer, one, auditors))
}
