import type { Custody } from '../storage/tables.ts'

export interface KnownPupil {
  readonly id: string
  readonly external_id: string | null
  readonly given_name: string
  readonly family_name: string
  readonly born_on: string | null
  readonly left_on: string | null
  readonly registered: boolean
  /** The class of today. */
  readonly class_id: string | null
}

export interface KnownGuardian {
  readonly id: string
  readonly given_name: string
  readonly family_name: string
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly registered: boolean
}

export interface KnownGuardianship {
  readonly id: string
  readonly guardian_id: string
  readonly pupil_id: string
  readonly custody: Custody
  readonly until_on: string | null
}

export interface KnownClass {
  readonly id: string
  readonly name: string
  readonly ended: boolean
}

/** The roll as it stands before an import. */
export interface KnownRoll {
  readonly today: string
  readonly pupils: readonly KnownPupil[]
  readonly guardians: readonly KnownGuardian[]
  readonly guardianships: readonly KnownGuardianship[]
  readonly classes: readonly KnownClass[]
  /** Guardianships and pupils for whom a code is on its way. */
  readonly invited: ReadonlySet<string>
}
