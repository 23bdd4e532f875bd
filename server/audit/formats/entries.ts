import { categories, interruptions, results, tellings } from './cases.ts'

/**
 * The ledger's kinds: a closed list, each with the fields that it has and no others. There is no field for a name,
 * an address or a text of a person, so none can get in.
 */
const hex32 = /^[0-9a-f]{64}$/
const number = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const digest = (value: unknown): boolean => typeof value === 'string' && hex32.test(value)
const word =
  (...words: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'string' && words.includes(value)
const matching = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value)
/** In days; no other can be set, so that nobody can write one that deletes at once. */
const retention = (value: unknown): boolean => [30, 60, 90, 180].some(days => days === value)
const shares = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    share => Array.isArray(share) && share.length === 3 && number(share[0]) && number(share[1]) && digest(share[2]),
  )

/** Whose holder could grant more, or sees who opens the log: that somebody got or lost one is for everybody to see. */
export const watchedOffices = ['head', 'admin', 'observer'] as const

const flag = (value: unknown): boolean => value === 0 || value === 1
const lookup = { case: number }
const byAuditor = { case: number, auditor: number }
const lock = { lock: number }
const lockProposal = { lock: number, case: number, auditor: number }

const segment = { seg: number, n: number, head: digest }
const closing = { ...segment, period: number, hour: number }

const shapes = {
  /** The log begins: its id, the name under which it signs, its first signing key. */
  instance_created: {
    instance: matching(/^[0-9a-f]{32}$/),
    name: matching(/^[a-z0-9._:[\]-]{1,253}\/audit\/[0-9a-f]{8}$/),
    key: digest,
  },
  checkpoint_key_rotated: { key: digest },
  /** Invitations are numbered by the portal. */
  auditor_invited: { invitation: number },
  auditor_confirmed: { invitation: number },
  auditor_enrolled: { auditor: number, row: digest },
  /** One person says so; whether the shares go, or the person comes back, a second one decides. */
  auditor_suspended: { auditor: number },
  auditor_reinstated: { auditor: number },
  auditor_revoked: { auditor: number },
  /** The file says something else about them than the ledger: nothing is sealed to anybody while it does. */
  auditor_differs: { auditor: number },
  passphrase_changed: { auditor: number, row: digest },
  drill_passed: { auditor: number },
  /** A wrong passphrase was typed in this auditor's name. */
  share_refused: { auditor: number },
  /** n is 0 as long as there are no auditors: such a period can be opened by nobody, ever. */
  period_opened: { period: number, month: matching(/^\d{4}-(0[1-9]|1[0-2])$/), pk: digest, n: number, shares },
  /** The key is the same, its shares are others: two auditors who opened it have handed them out anew. */
  shares_reissued: { period: number, gen: number, n: number, shares },
  /** Hours outside its month in which a period is used nevertheless. */
  period_extended: { period: number, from: number, until: number },
  period_shredded: { period: number },
  segment_closed: closing,
  /** Found open at a start: the head is what the disk holds. */
  segment_recovered: closing,
  segment_pruned: segment,
  prune_refused: { due: number, usual: number },
  hold_set: { case: number, from: number, to: number, until: number },
  hold_released: { case: number, from: number },
  /**
   * What is asked stands in no line: `request` is the hash of it, `papers` that of the sealed rows. `from` and `to` are
   * hours, both included; `until` is a time. `head` is 1 where the head has to agree, too.
   */
  lookup_requested: {
    case: number,
    no: matching(/^\d{4}-\d{3,5}$/),
    category: word(...categories),
    requester: number,
    request: digest,
    papers: digest,
    head: flag,
    from: number,
    to: number,
    until: number,
  },
  lookup_endorsed: lookup,
  lookup_approved: { case: number, reviewer: number, review: digest, papers: digest, until: number },
  lookup_denied: { case: number, reviewer: number, review: digest, papers: digest },
  lookup_cancelled: byAuditor,
  lookup_expired: lookup,
  share_presented: byAuditor,
  lookup_interrupted: { case: number, why: word(...interruptions) },
  lookup_executed: {
    case: number,
    report: digest,
    scanned: number,
    opened: number,
    kept: number,
    faults: number,
    until: number,
  },
  report_viewed: byAuditor,
  export_proposed: byAuditor,
  report_exported: byAuditor,
  extension_proposed: byAuditor,
  report_extended: { case: number, auditor: number, until: number },
  report_shredded: lookup,
  lookup_closed: {
    case: number,
    auditor: number,
    result: word(...results),
    papers: digest,
    paper: digest,
    told: word(...tellings),
  },
  /** Nobody has closed it in time, so the portal does; those whom it concerned are told all the same. */
  lookup_ended: { case: number, told: word('told', 'none') },
  subject_notified: { case: number, people: number },
  notice_deferred: { case: number, until: number },
  lock_proposed: lockProposal,
  lock_confirmed: { lock: number, auditor: number },
  lift_proposed: lockProposal,
  lock_lifted: { lock: number, auditor: number },
  lock_emergency: lock,
  lock_lapsed: lock,
  lock_withdrawn: { lock: number, auditor: number },
  office_granted: { office: word(...watchedOffices) },
  office_ended: { office: word(...watchedOffices) },
  heartbeat: {},
  /** Milliseconds since 1970 before and after; `doubt` says what must wait until the clock has been confirmed. */
  clock_step: { before: number, after: number, doubt: word('none', 'behind', 'ahead') },
  clock_confirmed: { by: word('admin', 'network') },
  /** The file knows less than was signed already; from here on the log signs as the next generation. */
  restore_detected: { generation: number, old_size: number, new_size: number },
  restore_acknowledged: { auditor: number },
  verify_ok: { records: number },
  verify_failed: { seg: number },
  config_changed: { retention_days: retention, reason: word('given', 'none') },
  software_changed: { version: matching(/^\d{1,6}\.\d{1,6}\.\d{1,6}(-(alpha|beta|rc)\.\d{1,6})?$/), tree: digest },
} as const satisfies Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>>

export type EntryKind = keyof typeof shapes
export const entryKinds = Object.keys(shapes) as EntryKind[]

/** One line of the ledger: when (milliseconds since 1970), what, and the fields of that kind. */
export type Entry = { readonly t: number; readonly k: EntryKind } & Readonly<Record<string, unknown>>

/** Why this is no entry, or null. */
export function entryProblem(entry: Readonly<Record<string, unknown>>): string | null {
  const { t, k } = entry
  if (!number(t)) return 'no time'
  if (typeof k !== 'string' || !Object.hasOwn(shapes, k)) return 'no known kind'
  const shape: Readonly<Record<string, (value: unknown) => boolean>> = shapes[k as EntryKind]
  const names = Object.keys(shape)
  const wanted = ['t', 'k', ...names]
  const found = Object.keys(entry)
  if (found.length !== wanted.length || found.some((name, at) => name !== wanted[at])) return `${k} has other fields`
  const wrong = names.find(name => !shape[name]?.(entry[name]))
  return wrong === undefined ? null : `${k} has a ${wrong} that cannot be`
}

/** Reads a ledger line; null where it is not exactly what the writer writes. */
export function parseEntry(body: string): Entry | null {
  try {
    const entry = JSON.parse(body) as Entry
    return entryProblem(entry) === null && JSON.stringify(entry) === body ? entry : null
  } catch {
    return null
  }
}
