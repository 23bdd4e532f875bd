import type { Tables } from '../storage/tables.ts'

/** What each protected thing looks like to somebody who may see it. */
export interface Visible {
  /** Letters, with the author's name. Drafts only to their author. */
  letters: Tables['letters'] & { author: string; audience: string }
  /** Published letters, once for each of the viewer's pupils they are meant for, with the answer given. */
  slips: Slip
  /** The same for letters that are open or new. */
  current_slips: Slip
  /** Pupils of the viewer's own: children, and the viewer where of age. For the office: all. For staff: their groups'. */
  pupils: Tables['pupils']
  /** Who is meant by a letter that the viewer wrote or whose class the viewer leads, with how it stands. */
  addressees: Addressee
  /** Who registered for a child: to the office, and to those who may read for it. */
  registrations: Tables['registrations']
  guardians: Tables['guardians']
  guardianships: Tables['guardianships']
  registration_codes: Tables['registration_codes']
  group_pupils: Tables['group_pupils']
  /** Today's pupils of the groups the viewer works in or leads (for the office: of all), and whether somebody is registered. */
  members: Member
  group_staff: Tables['group_staff']
  /** How many pupils are in a group today: to an admin, who does not see which. */
  group_sizes: { group_id: string; pupils: number }
  /** The names of those who work here or did: to an admin, without anything to reach them by. */
  accounts: Pick<Tables['accounts'], 'id' | 'given_name' | 'family_name'>
  appointments: Tables['appointments']
  /** Until when the open code of an invitation holds; null where there is none. */
  invitations: Tables['invitations'] & { expires_at: string | null }
  /** What a person was told about a closed case that concerned them; to nobody else. */
  case_notices: Told
  /** To the two who opened the case: who was or will be told, and what came back. */
  sent_notices: Tables['case_notices']
  /** To auditors: who is told about a case that concerns an account, a pupil or a letter. Without an account: on paper. */
  concerned: Concerned
  auditor_invitations: Tables['auditor_invitations'] & {
    person: string
    invited_name: string
    confirmed_name: string | null
  }
  /** To those who may decide on them. */
  auditor_suspensions: Tables['auditor_suspensions'] & { person: string; begun_name: string }
  /** Who could become an auditor: `offices` is JSON. */
  appointable: { id: string; name: string; family_name: string; given_name: string; offices: string }
  imports: Tables['imports']
  import_files: Tables['import_files']
  /** Whom and what the viewer is tied to: themselves, their children and who shares these, who lives with them, letters of these. */
  ties: Tied
  /** The same of every auditor, by their account: to auditors. */
  auditor_ties: Tied & { auditor: string }
  /** Whom or what a case may be about, by name: to auditors. */
  case_subjects: CaseSubject
  /** Locks of accounts, with the names of who is in them: to auditors; those of a day to admins, too. */
  locks: Tables['locks'] & {
    person: string
    begun_name: string
    confirmed_name: string | null
    lift_name: string | null
    lifted_name: string | null
  }
  /** Whom somebody may lock, by name: to auditors and admins. */
  lockable: CaseSubject
  /** Who asked to see what is recorded about them: their own, and to auditors. */
  disclosures: Tables['disclosures']
  /** What the head said to cases beyond the limit: to all who may see that there are cases. */
  endorsements: Tables['endorsements']
  /** The viewer's own, without what is secret about them. */
  factors: Pick<Tables['factors'], 'id' | 'kind' | 'name' | 'created_at' | 'used_at'>
  recovery_codes: Pick<Tables['recovery_codes'], 'created_at' | 'noted_at' | 'used_at'>
  /** Lost second factors, with names: to admins and the head. */
  factor_losses: Tables['factor_losses'] & { name: string; named_by_name: string }
  sessions: Omit<Tables['sessions'], 'id_hash' | 'data'> & { mark: string }
}

interface Tied {
  kind: 'account' | 'pupil' | 'letter'
  id: string
  tie: 'self' | 'namesake' | 'child' | 'household' | 'author' | 'reader'
}

type Told = Omit<
  Tables['case_notices'],
  | 'requester_id'
  | 'reviewer_id'
  | 'requester_seen_at'
  | 'reviewer_seen_at'
  | 'execution'
  | 'made_at'
  | 'result'
  | 'closed_at'
  | 'due_on'
> & { result: string; closed_at: string; due_on: string }

export interface CaseSubject {
  kind: 'account' | 'pupil' | 'letter'
  id: string
  /** Of a letter its number: who looks for misuse need not know what it is about. */
  name: string
  /** What tells two of the same name apart: offices (JSON) and the classes of a child or of somebody's children (JSON). */
  offices: string
  groups: string
}

export interface Concerned {
  kind: 'account' | 'pupil' | 'letter'
  /** The account, pupil or letter that the case was about. */
  subject: string
  account_id: string | null
  name: string
  /** The pupil or the letter's number, where it was not the person themselves. */
  about: string | null
  address: string | null
}

export interface Slip {
  letter_id: string
  title: string
  answer: Tables['letters']['answer']
  respond_by: string | null
  published_at: string
  withdrawn_at: string | null
  pupil_id: string
  /** The class (or other group) through which the letter comes. */
  group_name: string
  value: string | null
  replied_at: string | null
  replied_by: string | null
  paper: 0 | 1 | null
  /** Whether this viewer has opened it for this pupil. */
  opened: 0 | 1
}

export interface Member {
  group_id: string
  name: string
  kind: Tables['groups']['kind']
  pupil_id: string
  given_name: string
  family_name: string
  reached: 0 | 1
}

export interface Addressee {
  letter_id: string
  pupil_id: string
  given_name: string
  family_name: string
  group_id: string
  group_name: string
  value: string | null
  replied_at: string | null
  paper: 0 | 1 | null
  read_on: string | null
  /** Whether anybody who may read for this pupil has an account. */
  reached: 0 | 1
}
