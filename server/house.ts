import type { Logger } from 'pino'
import type { AuditLog } from './audit/log.ts'
import type { CaseRequest, CaseResult, CaseReview } from './audit/opening/papers.ts'
import type { Report } from './audit/opening/report.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { AuditorCare } from './people/auditor-care.ts'
import type { AuditorRow } from './people/auditors.ts'
import type { Ceremonies } from './people/ceremonies.ts'
import type { IssuedCode, ShortMemory } from './people/codes.ts'
import type { NewFactor } from './people/enrolment.ts'
import type { Recording } from './recording.ts'
import type { Secrets } from './secrets.ts'
import type { Database } from './storage/database.ts'
import type { Tables } from './storage/tables.ts'
import type { Texts } from './web/i18n.ts'
import type { NavigationEntry } from './web/locals.ts'
import type { Views } from './web/render.ts'

/** What exists once in a running portal. */
export interface House {
  readonly config: Config
  readonly database: Database
  readonly audit: AuditLog
  /** Where it does not, hardly anything else does. */
  readonly recording: Readonly<Recording>
  readonly clock: Clock
  readonly log: Logger
  readonly secrets: Secrets
  readonly texts: Texts
  readonly views: Views
  /** Codes between being made and being printed, for their maker, an hour. */
  readonly codeBatches: ShortMemory<readonly IssuedCode[]>
  /** The code that a browser has entered and not used yet, half an hour. */
  readonly enteredCodes: ShortMemory<string>
  /** What an auditor has opened of a case in this session, a quarter of an hour; by the session and the case. */
  readonly openedCases: ShortMemory<OpenedCase>
  /** What two auditors are opening together just now. */
  readonly ceremonies: Ceremonies
  /** Keys under a passphrase that has been shown and is yet to be typed again, for their owner, half an hour. */
  readonly preparedKeys: ShortMemory<AuditorRow | null>
  /** How many auditors there are; looked at hourly and whenever that changes. */
  readonly auditorCare: AuditorCare
  /** Reports that somebody is reading, by their session, a quarter of an hour. */
  readonly openReports: ShortMemory<Report>
  /** Challenges that passkeys are to sign, for one session each, five minutes. */
  readonly challenges: ShortMemory<true>
  /** Second factors between being begun and being confirmed, for their owner, half an hour. */
  readonly newFactors: ShortMemory<NewFactor>
  /** Recovery codes between being made and being written down, for their owner, half an hour. */
  readonly newRecoveryCodes: ShortMemory<readonly string[]>
  /** Who the school is; read at start and when somebody changes it. */
  readonly school: { current: School }
  readonly navigation: readonly NavigationEntry[]
  /** The address of one of our own files, with a hash of its content. */
  asset(name: string): string
  readonly version: string
}

/** The papers of a case while one auditor reads them, and what they have typed about them. */
export interface OpenedCase {
  readonly request: CaseRequest
  readonly review: CaseReview | null
  /** What came of it, once it is closed by one of the two. */
  readonly result: CaseResult | null
  readonly typed: Readonly<Record<string, string | readonly string[]>>
}

/** The school as pages show it. */
export interface School {
  readonly name: string
  readonly town: string
  readonly kind: string
  readonly address: string
  readonly office: { readonly name: string; readonly phone: string; readonly hours: string }
  readonly demo: boolean
}

export function schoolFrom(row: Tables['school'] | undefined): School {
  return {
    name: row?.name ?? 'Pforte',
    town: row?.town ?? '',
    kind: row?.kind ?? '',
    address: row?.address ?? '',
    office: { name: row?.office_name ?? '', phone: row?.office_phone ?? '', hours: row?.office_hours ?? '' },
    demo: row?.demo === 1,
  }
}
