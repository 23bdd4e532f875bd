import { addDays } from '../clock.ts'
import type { Bench } from '../people/suspensions.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Visible } from '../people/visible.ts'

export const fewest = 3
export const most = 7
/** Who proposed, and who agreed, had today's people and reasons before their eyes; after so many days nobody has. */
export const lapseDays = 14

/** An invitation to become an auditor, with the names of those who stand for it. */
export type Invitation = Visible['auditor_invitations']

/** The last day on which somebody can agree to a proposal, or accept it. */
export function lastDayOf(one: Pick<Invitation, 'invited_at' | 'confirmed_at'>): string {
  return addDays((one.confirmed_at ?? one.invited_at).slice(0, 10), lapseDays)
}

/** Whether this person has a say in who becomes an auditor. The office alone is not enough: the ledger must know them. */
export function mayAppoint(viewer: Pick<Viewer, 'id' | 'holds'>, { founding, acting }: Bench): boolean {
  return founding ? viewer.holds('admin', 'head') : acting.some(one => one.account_id === viewer.id)
}

/** Never whoever asked, and never the person themselves. */
export function mayConfirm(viewer: Pick<Viewer, 'id' | 'holds'>, one: Invitation, bench: Bench): boolean {
  return (
    one.confirmed_by === null &&
    one.invited_by !== viewer.id &&
    one.account_id !== viewer.id &&
    mayAppoint(viewer, bench)
  )
}

export type Problem = 'self' | 'already' | 'invited' | 'full' | 'same-name'

/** Why this person cannot be invited, or null. */
export function problemWith(
  viewer: Pick<Viewer, 'id'>,
  person: { readonly id: string; readonly name: string },
  { enrolled }: Bench,
  invitations: readonly Invitation[],
): Problem | null {
  if (person.id === viewer.id) return 'self'
  if (enrolled.some(one => one.account_id === person.id)) return 'already'
  if (invitations.some(one => one.account_id === person.id)) return 'invited'
  if (enrolled.length + invitations.length >= most) return 'full'
  // Two accounts of one human would be one pair of eyes; whoever only shares the name cannot be told apart by others.
  const taken = [...enrolled.map(one => one.person), ...invitations.map(one => one.person)]
  return taken.some(name => folded(name) === folded(person.name)) ? 'same-name' : null
}

const folded = (name: string): string => name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
