/** Everything that is recorded, by name. A route, job or command names one of these; there are no others. */
export const actions = [
  'account.adult.decide',
  'account.child.add',
  'account.child.list',
  'account.password',
  'account.preferences',
  'account.session.end',
  'account.show',
  'auth.register',
  'auth.setup',
  'auth.sign-in',
  'auth.sign-out',
  'command.admin',
  'command.import',
  'csrf.blocked',
  'group.create',
  'group.end',
  'group.leader',
  'group.list',
  'group.member.add',
  'group.member.remove',
  'group.reopen',
  'group.show',
  'home.show',
  'job.run',
  'letter.delete',
  'letter.draft',
  'letter.edit',
  'letter.export',
  'letter.list',
  'letter.preview',
  'letter.print',
  'letter.publish',
  'letter.read',
  'letter.reply',
  'letter.reply.paper',
  'letter.returns',
  'letter.withdraw',
  'network.refused',
  'roll.code.issue',
  'roll.code.print',
  'roll.custody.confirm',
  'roll.group.edit',
  'roll.guardianship.edit',
  'roll.import.apply',
  'roll.import.map',
  'roll.import.preview',
  'roll.import.upload',
  'roll.list',
  'roll.search',
  'roll.show',
  'school.describe',
  'school.document',
  'school.show',
  'staff.end',
  'staff.invite',
  'staff.invite.again',
  'staff.invite.end',
  'staff.invite.show',
  'staff.list',
  'staff.office',
  'staff.session.end',
  'staff.show',
  'terms.accept',
] as const

export type Action = (typeof actions)[number]

/** What a record may be about. */
export type Concern =
  | 'account'
  | 'pupil'
  | 'group'
  | 'letter'
  | 'guardianship'
  | 'import'
  | 'code-batch'
  | 'document'
  | 'invitation'
