import type { Viewer } from './viewer.ts'

/**
 * Who may come to a page. A value, so that a route cannot leave it out; its type says whether the page's handler
 * has a viewer for certain.
 */
export interface Who<V extends Viewer | null> {
  readonly name: string
  admits(viewer: Viewer | null): viewer is Viewer & V
  /** Only for the type: what the handler may rely on. */
  readonly viewer?: V
}

function who(name: string, admits: (viewer: Viewer) => boolean): Who<Viewer> {
  return { name, admits: (viewer): viewer is Viewer => viewer !== null && admits(viewer) }
}

/** Signed in or not. */
export const anybody: Who<Viewer | null> = { name: 'anybody', admits: (_viewer): _viewer is Viewer => true }
/** Everybody who is signed in. */
export const members = who('members', () => true)
/** Who writes to families: teachers, office and head. */
export const staff = who('staff', viewer => viewer.holds('teacher', 'office', 'head'))
export const office = who('office', viewer => viewer.holds('office'))
export const admin = who('admin', viewer => viewer.holds('admin'))
export const adminOrHead = who('adminOrHead', viewer => viewer.holds('admin', 'head'))
export const heads = who('heads', viewer => viewer.holds('head'))
export const observers = who('observers', viewer => viewer.holds('observer'))
/** Who sees the cases of the audit log from outside or inside: what is in them opens only with a passphrase. */
export const caseReaders = who('caseReaders', viewer => viewer.holds('auditor', 'observer', 'head'))
/** Who may close an account at once. */
export const adminOrAuditor = who('adminOrAuditor', viewer => viewer.holds('admin', 'auditor'))
/** Who may ask for a new auditor; which of them do, the state of the auditors decides. */
export const appointers = who('appointers', viewer => viewer.holds('admin', 'head', 'auditor'))
export const auditors = who('auditors', viewer => viewer.holds('auditor'))
/** Everybody who holds an office, whichever: all who work at the school. */
export const colleagues = who('colleagues', viewer => viewer.offices.size > 0)
/** Who acts for a child, or for themselves once of age. */
export const families = who('families', viewer => viewer.pupils.length > 0)
