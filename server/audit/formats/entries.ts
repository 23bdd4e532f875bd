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
  auditor_enrolled: { auditor: number, row: digest },
  /** n is 0 as long as there are no auditors: such a period can be opened by nobody, ever. */
  period_opened: { period: number, month: matching(/^\d{4}-(0[1-9]|1[0-2])$/), pk: digest, n: number, shares },
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
