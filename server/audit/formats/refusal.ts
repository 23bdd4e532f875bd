/** Why a step cannot be taken. Then nothing was written. */
export type Refusal =
  | 'unknown'
  | 'number'
  | 'too-many-open'
  | 'window'
  | 'papers'
  | 'state'
  | 'changed'
  | 'late'
  | 'early'
  | 'time'
  | 'clock'
  | 'auditor'
  | 'same-person'
  | 'head'
  | 'shares'
  | 'report'
  | 'keys'
  | 'not-proposed'
  | 'already'
  | 'too-many-auditors'

/** This cannot follow what was before. */
export class CaseRefused extends Error {
  // By this name it is known on the other side of the thread.
  override readonly name = 'CaseRefused'
  readonly reason: Refusal

  constructor(reason: Refusal) {
    super(`This cannot follow: ${reason}`)
    this.reason = reason
  }
}
