import type { House } from '../house.ts'
import type { Change } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Office } from '../storage/tables.ts'
import type { Checked, Form, FormError } from '../web/form.ts'
import { type IssuedCode, issueCodes } from './codes.ts'
import type { Viewer } from './viewer.ts'
import { visibleTo } from './visibility.ts'
import type { Visible } from './visible.ts'

/** What somebody can be invited as. */
export const invitable = ['teacher', 'office', 'head', 'caretaker'] as const satisfies readonly Office[]

export type Invitation = Visible['invitations']

export interface InvitationInput {
  readonly given_name: string
  readonly family_name: string
  readonly office: Office
}

const longestName = 80

export function checkInvitation(form: Form): Checked<InvitationInput> {
  const errors: FormError[] = []
  const name = (field: string) => {
    const text = form.text(field).trim().replace(/\s+/g, ' ')
    if (text === '') errors.push({ field, key: `staff.${field.replace('_', '-')}-missing` })
    if (text.length > longestName) errors.push({ field, key: 'staff.name-long', values: { most: longestName } })
    return text
  }
  const given_name = name('given_name')
  const family_name = name('family_name')
  const office = invitable.find(one => one === form.text('office'))
  if (!office) errors.push({ field: 'office', key: 'staff.office-missing' })
  if (errors.length > 0 || !office) return { ok: false, errors }
  return { ok: true, input: { given_name, family_name, office } }
}

/** Invitations that nobody has used yet, the newest first. */
export function listInvitations(viewer: Viewer): Promise<Invitation[]> {
  return visibleTo(viewer, 'invitations').whereNull('used_at').orderBy('created_at', 'desc')
}

export async function findInvitation(viewer: Viewer, id: string): Promise<Invitation | undefined> {
  return (await listInvitations(viewer)).find(one => one.id === id)
}

/** Whether the same person is invited already. */
export async function isInvited(viewer: Viewer, input: InvitationInput): Promise<boolean> {
  const open = await listInvitations(viewer)
  return open.some(
    one => one.given_name === input.given_name && one.family_name === input.family_name && one.office === input.office,
  )
}

/** Makes an invitation with its code. */
export async function inviteStaff(
  change: Change,
  house: Pick<House, 'secrets' | 'clock'>,
  input: InvitationInput,
): Promise<readonly IssuedCode[]> {
  const id = newId()
  await change.write('invitations').insert({ id, ...input, created_at: change.at, used_at: null })
  return issueCodes(change, house, [{ invitation_id: id }])
}

/** Takes back an invitation that nobody has used: its code opens nothing any more. */
export async function withdrawInvitation(change: Change, invitation: Invitation): Promise<void> {
  await change.write('registration_codes').where({ invitation_id: invitation.id }).delete()
  await change.write('invitations').where({ id: invitation.id }).whereNull('used_at').delete()
}
