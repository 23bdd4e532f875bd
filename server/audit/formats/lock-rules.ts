import type { Entry, EntryKind } from './entries.ts'
import { CaseRefused } from './refusal.ts'

/** A lock of an account: who proposes it or its lifting, and whether it is in force. */
export interface Lock {
  readonly proposedBy: number | null
  readonly liftBy: number | null
  readonly force: 'none' | 'emergency' | 'confirmed'
}

const noLock: Lock = { proposedBy: null, liftBy: null, force: 'none' }

type Rule = (before: Lock, auditor: number) => Lock | null

const rules = {
  // The portal's numbers may come again after a restore; then another lock begins under the same one.
  lock_proposed: (before, auditor) => ({ ...before, proposedBy: auditor }),
  lock_confirmed: ({ proposedBy }, auditor) =>
    proposedBy === null || proposedBy === auditor ? null : { ...noLock, force: 'confirmed' },
  lift_proposed: (before, auditor) => (before.force === 'confirmed' ? { ...before, liftBy: auditor } : null),
  lock_lifted: ({ liftBy }, auditor) => (liftBy === null || liftBy === auditor ? null : noLock),
  lock_emergency: before => ({ ...before, force: 'emergency' }),
  lock_lapsed: before => {
    if (before.force === 'emergency') return { ...before, force: 'none' }
    if (before.liftBy !== null) return { ...before, liftBy: null }
    return before.proposedBy === null ? null : { ...before, proposedBy: null }
  },
  lock_withdrawn: before => {
    if (before.liftBy !== null) return { ...before, liftBy: null }
    if (before.proposedBy !== null) return { ...before, proposedBy: null }
    return before.force === 'emergency' ? noLock : null
  },
} as const satisfies Partial<Record<EntryKind, Rule>>

export type LockKind = keyof typeof rules
export const isLockKind = (kind: EntryKind): kind is LockKind => Object.hasOwn(rules, kind)

/**
 * A lock after one more line about it. It takes two auditors to confirm or to lift one. `hasCase`: whether there is
 * such a case. `active` is null where nobody judges again who was an auditor then.
 */
export function followLock(
  before: Lock | undefined,
  entry: Entry,
  active: ReadonlySet<number> | null,
  hasCase: (id: number) => boolean,
): Lock {
  const auditor = Number(entry.auditor ?? 0)
  if (entry.auditor !== undefined && active && !active.has(auditor)) throw new CaseRefused('auditor')
  if (entry.case !== undefined && !hasCase(Number(entry.case))) throw new CaseRefused('unknown')
  const rule: Rule | null = isLockKind(entry.k) ? rules[entry.k] : null
  const after = rule?.(before ?? noLock, auditor) ?? null
  if (!after) throw new CaseRefused('state')
  return after
}
