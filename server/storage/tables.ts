import type { AuditorTables } from './auditor-tables.ts'

/** The columns of every table, named as in the database. Days are `YYYY-MM-DD`, times UTC as ISO text. */
export interface Tables extends AuditorTables {
  school: {
    only: 1
    name: string
    town: string
    kind: string
    address: string
    office_name: string
    office_phone: string
    office_hours: string
    demo: 0 | 1
  }
  accounts: {
    id: string
    login: string
    given_name: string
    family_name: string
    email: string | null
    password_hash: string
    language: string
    theme: Theme
    session_epoch: number
    created_at: string
    locked_at: string | null
  }
  appointments: { account_id: string; office: Office; from_on: string; until_on: string | null }
  pupils: {
    id: string
    external_id: string | null
    given_name: string
    family_name: string
    born_on: string | null
    left_on: string | null
    account_id: string | null
    guardians_allowed_at: string | null
  }
  guardians: {
    id: string
    given_name: string
    family_name: string
    email: string | null
    phone: string | null
    address: string | null
    account_id: string | null
  }
  guardianships: {
    id: string
    guardian_id: string
    pupil_id: string
    custody: Custody
    may_read: 0 | 1
    may_act: 0 | 1
    from_on: string
    until_on: string | null
    address_block: 0 | 1
  }
  groups: { id: string; kind: GroupKind; name: string; leader_id: string | null; ended_on: string | null }
  group_pupils: { group_id: string; pupil_id: string; from_on: string; until_on: string | null }
  group_staff: { group_id: string; account_id: string; from_on: string; until_on: string | null }
  audiences: { id: string }
  audience_parts: { audience_id: string; group_id: string; part: Part }
  sessions: {
    id_hash: Buffer
    public_id: string
    account_id: string | null
    epoch: number | null
    data: string
    agent: string
    network: string
    created_at: string
    seen_at: string
    expires_at: string
  }
  devices: { id_hash: Buffer; account_id: string; epoch: number; created_at: string; expires_at: string }
  throttles: { key: Buffer; failures: number; window_started_at: number; blocked_until: number }
  registration_codes: {
    id: string
    code_hash: Buffer
    guardianship_id: string | null
    pupil_id: string | null
    invitation_id: string | null
    created_at: string
    expires_at: string
    used_at: string | null
    revoked_at: string | null
  }
  invitations: {
    id: string
    given_name: string
    family_name: string
    office: Office
    created_at: string
    used_at: string | null
  }
  registrations: {
    id: string
    pupil_id: string
    guardianship_id: string | null
    account_id: string
    registered_at: string
  }
  setup_tokens: { token_hash: Buffer; created_at: string; expires_at: string; used_at: string | null }
  documents: { kind: DocumentKind; version: number; text: string; in_force_from: string }
  acceptances: { account_id: string; kind: DocumentKind; version: number; accepted_at: string }
  imports: {
    id: string
    account_id: string
    state_hash: string | null
    options: string
    created_at: string
    applied_at: string | null
    outcome: string | null
  }
  import_files: { import_id: string; position: number; name: string; bytes: Buffer; sha256: Buffer }
  letters: {
    id: string
    number: string | null
    author_id: string
    audience_id: string
    title: string
    text: string
    answer: AnswerKind
    question: string | null
    choices: string
    respond_by: string | null
    changed_at: string
    published_at: string | null
    withdrawn_at: string | null
  }
  replies: {
    letter_id: string
    pupil_id: string
    value: string
    account_id: string
    paper: 0 | 1
    replied_at: string
  }
  former_replies: {
    letter_id: string
    pupil_id: string
    value: string
    account_id: string
    paper: 0 | 1
    replied_at: string
  }
  receipts: { letter_id: string; pupil_id: string; account_id: string; read_on: string }
  factors: {
    id: string
    account_id: string
    kind: FactorKind
    name: string
    secret: Buffer | null
    last_step: number
    credential_id: string | null
    public_key: Buffer | null
    counter: number
    transports: string
    created_at: string
    used_at: string | null
  }
  recovery_codes: {
    code_hash: Buffer
    account_id: string
    created_at: string
    noted_at: string | null
    used_at: string | null
  }
  factor_losses: {
    id: string
    account_id: string
    named_by: string
    named_at: string
    confirmed_by: string | null
    confirmed_at: string | null
    withdrawn_at: string | null
  }
  disclosures: {
    id: string
    account_id: string
    asked_at: string
    taken_at: string | null
    case_sealed: Buffer | null
  }
  endorsements: { case_id: number; account_id: string; words: string; endorsed_at: string }
  locks: {
    id: number
    account_id: string
    kind: LockKind
    begun_by: string
    begun_at: string
    served_ms: number
    case_id: number | null
    confirmed_by: string | null
    confirmed_at: string | null
    lift_case_id: number | null
    lift_by: string | null
    lift_at: string | null
    lifted_by: string | null
    ended_at: string | null
    ended_how: 'lifted' | 'lapsed' | 'withdrawn' | null
  }
  case_notices: {
    id: string
    case_id: number
    number: string
    category: string
    execution: string | null
    made_at: string
    offices: string
    from_on: string
    until_on: string
    requester_id: string
    reviewer_id: string
    sealed: Buffer
    account_id: string | null
    way: 'portal' | 'paper'
    result: 'confirmed' | 'unconfirmed' | 'unclear' | null
    closed_at: string | null
    due_on: string | null
    told_at: string | null
    shredded_at: string | null
    reply: Buffer | null
    replied_at: string | null
    read_at: string | null
    requester_seen_at: string | null
    reviewer_seen_at: string | null
  }
  job_runs: { name: string; started_at: string; finished_at: string | null; outcome: string | null }
}

export type FactorKind = 'totp' | 'passkey'
export type Theme = 'system' | 'light' | 'dark'
export type Office = 'teacher' | 'office' | 'head' | 'admin' | 'auditor' | 'observer' | 'caretaker'
/** A lock over a case by two auditors, or one person's for a day. */
export type LockKind = 'case' | 'emergency'
export type Custody = 'yes' | 'no' | 'unknown'
export type GroupKind = 'class' | 'grade' | 'course' | 'club' | 'staff'
export type Part = 'guardians' | 'staff' | 'pupils'
export type DocumentKind = 'terms' | 'privacy'
export type AnswerKind = 'none' | 'acknowledgement' | 'yes_no' | 'choice'
