import type { Custody } from '../storage/tables.ts'
import type { Encoding } from './decode.ts'
import type { PupilFact, RowFacts } from './facts.ts'
import type { Reason } from './guardians.ts'
import type { Problem } from './problems.ts'
import type { ProfileName } from './profiles.ts'

export interface PlanOptions {
  /** The files are the whole roll: whom they do not name has left. */
  readonly complete: boolean
  /** `confirm-all`: the files list only persons with custody, so where they say nothing it is yes. */
  readonly custody: 'as-in-file' | 'confirm-all'
}

/** A file that has been read. */
export interface ReadFile {
  readonly name: string
  readonly sha256: string
  readonly encoding: Encoding
  readonly delimiter: string
  readonly profile: ProfileName
  readonly facts: readonly RowFacts[]
}

export interface At {
  readonly file: number
  readonly row: number
}

/** Points to somebody of the roll by id, or to somebody new by their place in the plan. */
export type Reference = { readonly id: string } | { readonly new: number }

export interface FieldChange {
  readonly field: string
  readonly from: string | null
  readonly to: string | null
}

export interface NewPupil extends PupilFact {
  readonly rows: readonly At[]
}
export interface ChangedPupil {
  readonly id: string
  readonly name: string
  readonly class: string | null
  readonly changes: readonly FieldChange[]
  readonly rows: readonly At[]
}
export interface LeavingPupil {
  readonly id: string
  readonly name: string
  readonly class: string | null
  /** The last day. */
  readonly on: string
  readonly why: 'absent' | 'date'
}
export interface NewGuardian {
  readonly given_name: string
  readonly family_name: string
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly rows: readonly At[]
}
export interface ChangedGuardian {
  readonly id: string
  readonly name: string
  readonly changes: readonly FieldChange[]
  readonly rows: readonly At[]
}
export interface NewGuardianship {
  readonly guardian: Reference
  readonly pupil: Reference
  readonly custody: Custody
  readonly names: { readonly guardian: string; readonly pupil: string }
  /** Neither name nor address speaks for it, and the child has guardians already. */
  readonly doubtful: boolean
}
export interface ChangedGuardianship {
  readonly id: string
  readonly guardian: string
  readonly pupil: string
  readonly from: Custody
  readonly to: Custody
}
export interface MissingGuardianship {
  readonly id: string
  readonly guardian: string
  readonly pupil: string
  readonly custody: Custody
}

export interface Plan {
  readonly today: string
  readonly options: PlanOptions
  readonly files: readonly (Omit<ReadFile, 'facts'> & { readonly rows: number })[]
  readonly rows: { readonly read: number; readonly leftOut: number }
  readonly pupils: {
    readonly new: readonly NewPupil[]
    readonly changed: readonly ChangedPupil[]
    readonly unchanged: number
    readonly leaving: readonly LeavingPupil[]
    /** In the file, but gone already and never known here: nothing is stored of them. */
    readonly gone: readonly { readonly name: string; readonly on: string; readonly rows: readonly At[] }[]
  }
  readonly guardians: {
    readonly new: readonly NewGuardian[]
    readonly changed: readonly ChangedGuardian[]
    readonly unchanged: number
  }
  readonly guardianships: {
    readonly new: readonly NewGuardianship[]
    readonly changed: readonly ChangedGuardianship[]
    readonly unchanged: number
    /** In the roll, but no longer in files that are the whole roll. They stay until the office decides. */
    readonly missing: readonly MissingGuardianship[]
  }
  /** Classes that come into being; `id` where an ended one lives again. */
  readonly classes: readonly { readonly name: string; readonly id: string | null }[]
  readonly siblings: readonly { readonly guardian: string; readonly children: readonly string[] }[]
  readonly repeated: readonly {
    readonly name: string
    readonly rows: readonly At[]
    readonly reasons: readonly Reason[]
    readonly known: boolean
  }[]
  /** Guardians with an account: they see the new child as soon as this is done, without a code. */
  readonly opened: readonly { readonly guardian: string; readonly child: string }[]
  readonly custody: { readonly yes: number; readonly no: number; readonly unknown: number }
  readonly codesFor: { readonly guardianships: readonly Reference[]; readonly pupils: readonly Reference[] }
  readonly problems: readonly Problem[]
  /** What was previewed: applying refuses where the same files would now do something else. */
  readonly stateHash: string
}
