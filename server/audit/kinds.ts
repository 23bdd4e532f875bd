/** The parts of the portal, in the order in which parents read about them. */
export const areas = ['sign-in', 'account', 'letters', 'roll', 'groups', 'staff', 'school', 'audit', 'house'] as const
export type Area = (typeof areas)[number]

/**
 * What a record is for; nothing is kept without one of these.
 *
 * account: protect it · seen: who saw data about families · changed: who changed what · attack: find it ·
 * watched: who looked at the record itself · alone: what the portal and its commands did.
 */
export const purposes = ['account', 'seen', 'changed', 'attack', 'watched', 'alone'] as const
export type Purpose = (typeof purposes)[number]

/** How it went: done or shown, tried (and done unless an error follows), refused, broken. */
export const outcomes = ['ok', 'try', 'denied', 'error'] as const
export type Outcome = (typeof outcomes)[number]

/** What a record may be about. */
export const concerns = [
  'account',
  'pupil',
  'group',
  'letter',
  'guardianship',
  'import',
  'code-batch',
  'invitation',
  'case',
  'lock',
] as const
export type Concern = (typeof concerns)[number]

/** A number, the name of a kind, or a word from a closed list. Never text that somebody typed. */
export type Allowed = 'number' | 'kind' | readonly string[]

export interface Kind {
  readonly area: Area
  readonly why: Purpose
  /** What may stand in a record of this kind beside who, when, from where, about whom and how it went. */
  readonly details: Readonly<Record<string, Allowed>>
  /** A page calls it by itself every few seconds, after a person's coming was recorded: only its refusals are. */
  readonly repeats?: true
}

const number = 'number'
const act = ['add', 'end'] as const
const office = ['teacher', 'office', 'head', 'admin', 'auditor', 'observer', 'caretaker'] as const
/** The names of everything in `jobs.ts`. */
const job = [
  'sessions',
  'throttles',
  'imports',
  'setup-tokens',
  'audit-prune',
  'audit-verify',
  'audit-witness',
  'audit-cases',
  'disclosures',
  'locks',
  'old-locks',
  'auditor-care',
  'case-reports',
  'case-notices',
  'case-closings',
] as const
const purpose = ['demo'] as const
/** Of making a passphrase: shown, or typed again. */
const stage = ['make', 'type'] as const
const decision = ['approve', 'deny'] as const
/** What the second person of a case shares with the first, and should not. */
const shared = ['device', 'factor'] as const

/** The password alone, with a second factor to come. */
const step = ['first'] as const
/** What somebody proved themselves with on the way to a page that asks for it. */
const by = ['totp', 'passkey', 'recovery'] as const
const factor = ['totp', 'passkey'] as const

/**
 * Every kind may say with which status it was refused, how many groups there were where they were too many, and how
 * many refusals of the same kind stand for none of their own.
 */
export const everywhere: Readonly<Record<string, Allowed>> = { status: number, groups: number, unrecorded: number, by }

/** Everything that is recorded, by name. A route, job or command names one of these; there are no others. */
export const kinds = {
  'account.adult.decide': { area: 'account', why: 'changed', details: {} },
  'account.child.add': { area: 'account', why: 'changed', details: {} },
  'account.child.list': { area: 'account', why: 'seen', details: {} },
  'account.password': { area: 'account', why: 'account', details: {} },
  'account.preferences': { area: 'account', why: 'changed', details: {} },
  'account.record': { area: 'account', why: 'seen', details: {} },
  'account.record.ask': { area: 'account', why: 'changed', details: {} },
  'account.session.end': { area: 'account', why: 'account', details: {} },
  'account.show': { area: 'account', why: 'seen', details: {} },
  'audit.clock.confirm': { area: 'audit', why: 'watched', details: {} },
  'audit.consistency': { area: 'audit', why: 'watched', details: {} },
  'audit.ledger.show': { area: 'audit', why: 'watched', details: {} },
  'audit.note.check': { area: 'audit', why: 'watched', details: {} },
  'audit.pruning.confirm': { area: 'audit', why: 'watched', details: {} },
  'audit.restore.acknowledge': { area: 'audit', why: 'watched', details: {} },
  'audit.sheet.print': { area: 'audit', why: 'watched', details: {} },
  'auditor.drill': { area: 'audit', why: 'watched', details: {} },
  'auditor.drill.show': { area: 'audit', why: 'watched', details: {} },
  'auditor.enrol': { area: 'audit', why: 'watched', details: { step: stage } },
  'auditor.enrol.show': { area: 'audit', why: 'watched', details: {} },
  'auditor.invite': { area: 'audit', why: 'watched', details: {} },
  'auditor.invite.confirm': { area: 'audit', why: 'watched', details: {} },
  'auditor.invite.end': { area: 'audit', why: 'watched', details: {} },
  'auditor.list': { area: 'audit', why: 'watched', details: {} },
  'auditor.passphrase': { area: 'audit', why: 'watched', details: { step: stage } },
  'auditor.passphrase.show': { area: 'audit', why: 'watched', details: {} },
  'auditor.reinstate': { area: 'audit', why: 'watched', details: {} },
  'auditor.reissue.come': { area: 'audit', why: 'watched', details: {} },
  'auditor.reissue.part': { area: 'audit', why: 'watched', details: {} },
  'auditor.reissue.presence': { area: 'audit', why: 'watched', details: {}, repeats: true },
  'auditor.reissue.show': { area: 'audit', why: 'watched', details: {} },
  'auditor.reissue.stop': { area: 'audit', why: 'watched', details: {} },
  'auditor.revoke': { area: 'audit', why: 'watched', details: {} },
  'auditor.suspend': { area: 'audit', why: 'watched', details: {} },
  'auth.factor': { area: 'sign-in', why: 'account', details: { by } },
  'auth.register': { area: 'sign-in', why: 'account', details: {} },
  'auth.setup': { area: 'sign-in', why: 'account', details: {} },
  'auth.sign-in': { area: 'sign-in', why: 'account', details: { step } },
  'auth.sign-out': { area: 'sign-in', why: 'account', details: {} },
  'case.cancel': { area: 'audit', why: 'watched', details: {} },
  'case.close': { area: 'audit', why: 'watched', details: {} },
  'case.closing.show': { area: 'audit', why: 'watched', details: {} },
  'case.draft': { area: 'audit', why: 'watched', details: { found: number } },
  'case.endorse': { area: 'audit', why: 'watched', details: {} },
  'case.export.confirm': { area: 'audit', why: 'watched', details: {} },
  'case.export.propose': { area: 'audit', why: 'watched', details: {} },
  'case.extension.confirm': { area: 'audit', why: 'watched', details: {} },
  'case.extension.propose': { area: 'audit', why: 'watched', details: {} },
  'case.list': { area: 'audit', why: 'watched', details: {} },
  'case.notices.show': { area: 'audit', why: 'watched', details: {} },
  'case.open': { area: 'audit', why: 'watched', details: {} },
  'case.opening.come': { area: 'audit', why: 'watched', details: {} },
  'case.opening.part': { area: 'audit', why: 'watched', details: {} },
  'case.opening.presence': { area: 'audit', why: 'watched', details: {}, repeats: true },
  'case.opening.show': { area: 'audit', why: 'watched', details: {} },
  'case.opening.stop': { area: 'audit', why: 'watched', details: {} },
  'case.report.open': { area: 'audit', why: 'watched', details: {} },
  'case.report.sheet': { area: 'audit', why: 'watched', details: {} },
  'case.report.show': { area: 'audit', why: 'watched', details: {} },
  'case.request': { area: 'audit', why: 'watched', details: {} },
  'case.review': { area: 'audit', why: 'watched', details: { decision, shared } },
  'case.show': { area: 'audit', why: 'watched', details: {} },
  'command.admin': { area: 'house', why: 'alone', details: {} },
  'command.import': { area: 'house', why: 'alone', details: { files: number, rows: number, preview: number, purpose } },
  'csrf.blocked': { area: 'house', why: 'attack', details: { attempted: 'kind' } },
  'factor.add': { area: 'account', why: 'account', details: { of: factor } },
  'factor.begin': { area: 'account', why: 'account', details: { of: factor } },
  'factor.codes.make': { area: 'account', why: 'account', details: {} },
  'factor.codes.note': { area: 'account', why: 'account', details: {} },
  'factor.codes.show': { area: 'account', why: 'account', details: {} },
  'factor.list': { area: 'account', why: 'account', details: {} },
  'factor.loss.confirm': { area: 'account', why: 'account', details: {} },
  'factor.loss.list': { area: 'account', why: 'account', details: {} },
  'factor.loss.name': { area: 'account', why: 'account', details: {} },
  'factor.loss.withdraw': { area: 'account', why: 'account', details: {} },
  'factor.prove': { area: 'account', why: 'account', details: {} },
  'factor.remove': { area: 'account', why: 'account', details: {} },
  'group.create': { area: 'groups', why: 'changed', details: {} },
  'group.end': { area: 'groups', why: 'changed', details: { pupils: number } },
  'group.leader': { area: 'groups', why: 'changed', details: {} },
  'group.list': { area: 'groups', why: 'seen', details: {} },
  'group.member.add': { area: 'groups', why: 'changed', details: {} },
  'group.member.remove': { area: 'groups', why: 'changed', details: {} },
  'group.reopen': { area: 'groups', why: 'changed', details: {} },
  'group.show': { area: 'groups', why: 'seen', details: {} },
  'home.show': { area: 'letters', why: 'seen', details: {} },
  'job.run': { area: 'house', why: 'alone', details: { job, count: number } },
  'letter.delete': { area: 'letters', why: 'changed', details: {} },
  'letter.draft': { area: 'letters', why: 'changed', details: {} },
  'letter.edit': { area: 'letters', why: 'changed', details: {} },
  'letter.export': { area: 'letters', why: 'seen', details: {} },
  'letter.list': { area: 'letters', why: 'seen', details: {} },
  'letter.preview': { area: 'letters', why: 'seen', details: {} },
  'letter.print': { area: 'letters', why: 'seen', details: {} },
  'letter.publish': { area: 'letters', why: 'changed', details: {} },
  'letter.read': { area: 'letters', why: 'seen', details: {} },
  'letter.reply': { area: 'letters', why: 'changed', details: {} },
  'letter.reply.paper': { area: 'letters', why: 'changed', details: {} },
  'letter.returns': { area: 'letters', why: 'seen', details: {} },
  'letter.withdraw': { area: 'letters', why: 'changed', details: {} },
  'lock.confirm': { area: 'account', why: 'account', details: {} },
  'lock.draft': { area: 'account', why: 'seen', details: { found: number } },
  'lock.emergency': { area: 'account', why: 'account', details: {} },
  'lock.lift.confirm': { area: 'account', why: 'account', details: {} },
  'lock.lift.propose': { area: 'account', why: 'account', details: {} },
  'lock.list': { area: 'account', why: 'seen', details: {} },
  'lock.propose': { area: 'account', why: 'account', details: {} },
  'lock.show': { area: 'account', why: 'seen', details: {} },
  'lock.withdraw': { area: 'account', why: 'account', details: {} },
  'network.refused': { area: 'house', why: 'attack', details: {} },
  'observer.show': { area: 'audit', why: 'watched', details: {} },
  'opening.list': { area: 'audit', why: 'watched', details: {} },
  'opening.notice.reply': { area: 'audit', why: 'watched', details: {} },
  'opening.notice.show': { area: 'audit', why: 'watched', details: {} },
  'roll.code.issue': { area: 'roll', why: 'changed', details: { count: number } },
  'roll.code.print': { area: 'roll', why: 'seen', details: { count: number } },
  'roll.custody.confirm': { area: 'roll', why: 'changed', details: { count: number } },
  'roll.group.edit': { area: 'roll', why: 'changed', details: { act } },
  'roll.guardianship.edit': { area: 'roll', why: 'changed', details: {} },
  'roll.import.apply': { area: 'roll', why: 'changed', details: { rows: number, codes: number } },
  'roll.import.map': { area: 'roll', why: 'changed', details: {} },
  'roll.import.preview': { area: 'roll', why: 'seen', details: { rows: number } },
  'roll.import.upload': { area: 'roll', why: 'changed', details: { files: number } },
  'roll.list': { area: 'roll', why: 'seen', details: {} },
  'roll.search': { area: 'roll', why: 'seen', details: { found: number } },
  'roll.show': { area: 'roll', why: 'seen', details: {} },
  'school.describe': { area: 'school', why: 'changed', details: {} },
  'school.document': { area: 'school', why: 'changed', details: {} },
  'school.show': { area: 'school', why: 'changed', details: {} },
  'staff.end': { area: 'staff', why: 'changed', details: {} },
  'staff.invite': { area: 'staff', why: 'changed', details: { office } },
  'staff.invite.again': { area: 'staff', why: 'changed', details: {} },
  'staff.invite.end': { area: 'staff', why: 'changed', details: {} },
  'staff.invite.show': { area: 'staff', why: 'seen', details: {} },
  'staff.list': { area: 'staff', why: 'seen', details: {} },
  'staff.office': { area: 'staff', why: 'changed', details: { office, act } },
  'staff.session.end': { area: 'staff', why: 'account', details: {} },
  'staff.show': { area: 'staff', why: 'seen', details: {} },
  'terms.accept': { area: 'sign-in', why: 'changed', details: {} },
} as const satisfies Readonly<Record<string, Kind>>

export type Action = keyof typeof kinds
export const actions = Object.keys(kinds) as readonly Action[]
