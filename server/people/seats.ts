import type { Ceremony } from './ceremony.ts'

/** Who takes part, from where. Two seats share none of these. */
export interface Seat {
  readonly auditor: number
  readonly account: string
  /** The session's mark, the authenticator that proved the second factor in it, and the browser. */
  readonly session: string
  readonly factor: string
  readonly device: string
}

/** What one of them has opened: worthless alone. */
export interface Part {
  wipe(): void
}

/** Why it ended without a result; the ledger's words. */
export type Why = 'stopped' | 'absent' | 'late' | 'ended' | 'failed'
export interface Ending {
  readonly why: Why
  /** Whose doing or absence it was, where it was somebody's. */
  readonly auditor: number | null
}

export type ComeRefused = 'stranger' | 'elsewhere' | 'session' | 'factor' | 'device' | 'over'

export interface CeremonyPlan<P extends Part> {
  /** Whether this auditor may take part at all. */
  admits(auditor: number): boolean
  /** Whether a person who came is still signed in and still an auditor. */
  holds(seat: Seat): Promise<boolean>
  /** Once, when two parts are open. It may say how far it is, and must ask `commit()` before its effect. */
  work(parts: readonly [P, P], ceremony: Ceremony): Promise<void>
  /** Once, when a part was open and there will be no result. Everything has been wiped by then. */
  interrupted(ending: Ending): Promise<void>
  /** What nobody waits for has failed. */
  failed(error: Error): void
}

/** What a page shows of one of the two. */
export interface Presence {
  readonly auditor: number
  readonly here: boolean
  /** Milliseconds since they were last seen. */
  readonly unseen: number
  readonly open: boolean
  /** Milliseconds since they opened their part. */
  readonly openFor: number | null
}
