import type { Refusal } from '../audit/log.ts'

/** Why the writing thread refused a step; any other error is thrown again. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Error && error.name === 'CaseRefused' && 'reason' in error) return error.reason as Refusal
  throw error
}
