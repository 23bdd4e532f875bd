import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { codeInGroups, type IssuedCode, issueCodes } from './codes.ts'
import { checkInvitation, findInvitation, inviteStaff, isInvited, withdrawInvitation } from './invitations.ts'
import { nameOf, staffLocals } from './staff-shown.ts'
import type { Viewer } from './viewer.ts'
import { admin } from './who.ts'

/** How staff come in: an invitation with a code, shown once to the admin who made it. */
export const inviting = new Pages()

/** Remembers the new code for the one who made it, and shows it. */
function showCode(page: Page<Viewer>, issued: readonly IssuedCode[]): void {
  page.redirect(`/staff/invitations/${page.house.codeBatches.keep(page.viewer.id, issued)}`)
}

inviting.post('/staff/invitations', { who: admin, action: 'staff.invite', fresh: true }, async page => {
  const checked = checkInvitation(page.form)
  if (!checked.ok) return page.refuse('staff/index', await staffLocals(page), checked.errors)
  if (await isInvited(page.viewer, checked.input))
    return page.refuse('staff/index', await staffLocals(page), [
      { field: 'family_name', key: 'staff.invited-already', values: { name: nameOf(checked.input) } },
    ])
  page.detail('office', checked.input.office)
  const issued = await page.change(async change => {
    if (await isInvited(change, checked.input)) page.throw(409)
    const codes = await inviteStaff(change, page.house, checked.input)
    page.concerns('invitation', ...codes.map(code => code.invitation_id ?? ''))
    return codes
  })
  showCode(page, issued)
})

inviting.post('/staff/invitations/again', { who: admin, action: 'staff.invite.again', fresh: true }, async page => {
  const id = page.form.text('invitation')
  if (!(await findInvitation(page.viewer, id))) page.throw(404)
  page.concerns('invitation', id)
  const issued = await page.change(async change => {
    if (!(await findInvitation(change, id))) page.throw(409)
    return issueCodes(change, page.house, [{ invitation_id: id }])
  })
  showCode(page, issued)
})

inviting.post('/staff/invitations/end', { who: admin, action: 'staff.invite.end' }, async page => {
  const id = page.form.text('invitation')
  if (!(await findInvitation(page.viewer, id))) page.throw(404)
  page.concerns('invitation', id)
  await page.change(async change => withdrawInvitation(change, (await findInvitation(change, id)) ?? page.throw(409)))
  page.redirect('/staff', 'withdrawn')
})

inviting.get('/staff/invitations/:batch', { who: admin, action: 'staff.invite.show' }, async page => {
  const [issued] = page.house.codeBatches.find(page.viewer.id, page.params.batch ?? '') ?? []
  const invitation = issued && (await findInvitation(page.viewer, issued.invitation_id ?? ''))
  if (!issued || !invitation) {
    page.context.status = 404
    page.recordAs('denied')
    return page.render('staff/invitation', { invitation: null })
  }
  page.concerns('invitation', invitation.id)
  page.render('staff/invitation', {
    invitation: {
      name: nameOf(invitation),
      office: invitation.office,
      code: codeInGroups(issued.code),
      until: issued.expires_at.slice(0, 10),
    },
    address: `${page.house.config.origin}/register`,
  })
})
