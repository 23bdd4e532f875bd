import { house } from './001_house.ts'
import { factors } from './002_factors.ts'
import { auditors } from './003_auditors.ts'
import { cases } from './004_cases.ts'
import { locks } from './005_locks.ts'
import { disclosures } from './006_disclosures.ts'
import { closings } from './007_closings.ts'
import { suspensions } from './008_suspensions.ts'
import { readings } from './009_readings.ts'
import { notices } from './010_notices.ts'

export interface Migration {
  readonly name: string
  readonly sql: string
}

/** Every migration in order. Append only: a released one never changes. */
export const migrations: readonly Migration[] = [
  { name: '001_house', sql: house },
  { name: '002_factors', sql: factors },
  { name: '003_auditors', sql: auditors },
  { name: '004_cases', sql: cases },
  { name: '005_locks', sql: locks },
  { name: '006_disclosures', sql: disclosures },
  { name: '007_closings', sql: closings },
  { name: '008_suspensions', sql: suspensions },
  { name: '009_readings', sql: readings },
  { name: '010_notices', sql: notices },
]
