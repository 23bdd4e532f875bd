import type { Custody } from '../storage/tables.ts'
import { foldAddress, foldMail, foldPhone, type GuardianFact, nameKey, type RowFacts } from './facts.ts'
import type { KnownGuardian, KnownGuardianship, KnownPupil, KnownRoll } from './known.ts'
import { isMail, type Problem, problem, rowKey } from './problems.ts'
import type { PupilsRead } from './pupils.ts'

/** Why two entries are taken for one person. Never the mail alone: the name must be the same, too. */
export type Reason = 'pupil' | 'mail' | 'phone' | 'address'

export interface Link {
  readonly pupil: { readonly key: string; readonly known: KnownPupil | null }
  readonly custody: Custody
  readonly row: RowFacts
  readonly known: KnownGuardianship | null
}

/** A person of the files with everything that its rows say. */
export interface FileGuardian {
  readonly given_name: string
  readonly family_name: string
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly links: readonly Link[]
  readonly rows: readonly RowFacts[]
  readonly reasons: readonly Reason[]
  readonly known: KnownGuardian | null
}

interface Entry {
  readonly row: RowFacts
  readonly fact: GuardianFact
  readonly pupil: { readonly key: string; readonly known: KnownPupil | null }
}

interface Contact {
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
}

function contactKeys(contact: Contact): (readonly [Reason, string])[] {
  const keys: [Reason, string][] = []
  if (contact.email) keys.push(['mail', foldMail(contact.email)])
  const phone = contact.phone ? foldPhone(contact.phone) : ''
  if (phone.length >= 5) keys.push(['phone', phone])
  if (contact.address) keys.push(['address', foldAddress(contact.address)])
  return keys
}

/** Sets of entries that grow together, each remembering why. */
class Grouping {
  readonly #parent: number[]
  readonly #reasons: Set<Reason>[]

  constructor(size: number) {
    this.#parent = Array.from({ length: size }, (_, index) => index)
    this.#reasons = Array.from({ length: size }, () => new Set<Reason>())
  }

  root(index: number): number {
    let root = index
    while (this.#parent[root] !== root) root = this.#parent[root] as number
    this.#parent[index] = root
    return root
  }

  join(one: number, other: number, reason: Reason): void {
    const [low, high] = [this.root(one), this.root(other)].sort((a, b) => a - b) as [number, number]
    const reasons = this.#reasons[low] as Set<Reason>
    reasons.add(reason)
    if (low === high) return
    for (const earlier of this.#reasons[high] as Set<Reason>) reasons.add(earlier)
    this.#parent[high] = low
  }

  reasons(index: number): readonly Reason[] {
    return [...(this.#reasons[this.root(index)] as Set<Reason>)].sort()
  }
}

/**
 * Brings rows together that name the same guardian and finds the person in the roll.
 *
 * One person are two entries of the same name that share the child, the phone, the address or the mail.
 */
export function readGuardians(
  rows: readonly RowFacts[],
  pupils: PupilsRead,
  roll: KnownRoll,
  stopped: ReadonlySet<string>,
): { readonly guardians: readonly FileGuardian[]; readonly problems: readonly Problem[] } {
  const entries: Entry[] = []
  for (const row of rows) {
    if (stopped.has(rowKey(row)) || row.guardians.length === 0) continue
    const pupil = pupils.find(row.child)
    if (pupil) for (const fact of row.guardians) entries.push({ row, fact, pupil })
  }
  const known = new KnownGuardians(roll)
  const problems: Problem[] = []
  const guardians: FileGuardian[] = []
  const matched = new Map<string, { match: KnownGuardian; entries: Entry[]; reasons: Set<Reason> }>()
  for (const { entries: group, reasons } of groupEntries(entries)) {
    for (const [match, own] of known.assign(group)) {
      if (!match) {
        guardians.push(makeGuardian(own, null, reasons, known, problems))
        continue
      }
      const earlier = matched.get(match.id) ?? { match, entries: [], reasons: new Set<Reason>() }
      earlier.entries.push(...own)
      for (const reason of reasons) earlier.reasons.add(reason)
      matched.set(match.id, earlier)
    }
  }
  for (const { match, entries: own, reasons } of matched.values()) {
    guardians.push(makeGuardian(own, match, [...reasons].sort(), known, problems))
  }
  return { guardians, problems }
}

function groupEntries(entries: readonly Entry[]): { entries: Entry[]; reasons: readonly Reason[] }[] {
  const grouping = new Grouping(entries.length)
  const first = new Map<string, number>()
  for (const [index, { fact, pupil }] of entries.entries()) {
    const name = nameKey(fact)
    for (const [reason, key] of [['pupil', pupil.key] as const, ...contactKeys(fact)]) {
      const place = `${name}\t${reason}\t${key}`
      const earlier = first.get(place)
      if (earlier === undefined) first.set(place, index)
      else grouping.join(earlier, index, reason)
    }
  }
  const groups = new Map<number, Entry[]>()
  for (const [index, entry] of entries.entries()) {
    const root = grouping.root(index)
    const group = groups.get(root)
    if (group) group.push(entry)
    else groups.set(root, [entry])
  }
  return [...groups].map(([root, group]) => ({ entries: group, reasons: grouping.reasons(root) }))
}

class KnownGuardians {
  readonly #byName = new Map<string, KnownGuardian[]>()
  readonly #links = new Map<string, KnownGuardianship>()

  constructor(roll: KnownRoll) {
    for (const guardian of roll.guardians) {
      const key = nameKey(guardian)
      const same = this.#byName.get(key)
      if (same) same.push(guardian)
      else this.#byName.set(key, [guardian])
    }
    for (const link of roll.guardianships) this.#links.set(`${link.guardian_id}\t${link.pupil_id}`, link)
  }

  link(guardian: KnownGuardian | null, pupil: KnownPupil | null): KnownGuardianship | null {
    return (guardian && pupil && this.#links.get(`${guardian.id}\t${pupil.id}`)) || null
  }

  /** Which person of the roll each entry belongs to: who has this child already, else who shares a contact. */
  assign(group: readonly Entry[]): Map<KnownGuardian | null, Entry[]> {
    const [first] = group as [Entry, ...Entry[]]
    const candidates = this.#byName.get(nameKey(first.fact)) ?? []
    const assigned = new Map<KnownGuardian | null, Entry[]>()
    if (candidates.length === 0) return assigned.set(null, [...group])
    const keys = new Set(group.flatMap(({ fact }) => contactKeys(fact).map(key => key.join('\t'))))
    const linked = (entry: Entry) => candidates.find(candidate => this.link(candidate, entry.pupil.known))
    const general =
      group.map(linked).find(found => found !== undefined) ??
      candidates.find(candidate => contactKeys(candidate).some(key => keys.has(key.join('\t')))) ??
      null
    for (const entry of group) {
      const match = linked(entry) ?? general
      const own = assigned.get(match)
      if (own) own.push(entry)
      else assigned.set(match, [entry])
    }
    return assigned
  }
}

function makeGuardian(
  group: readonly Entry[],
  match: KnownGuardian | null,
  reasons: readonly Reason[],
  known: KnownGuardians,
  problems: Problem[],
): FileGuardian {
  const [first] = group as [Entry, ...Entry[]]
  const contact: { -readonly [F in keyof Contact]: string | null } = { email: null, phone: null, address: null }
  const folds = { email: foldMail, phone: foldPhone, address: foldAddress } as const
  for (const { row, fact } of group) {
    for (const field of ['email', 'phone', 'address'] as const) {
      const value = fact[field]
      if (value === null || (field === 'email' && !isMail(value))) continue
      const earlier = contact[field]
      if (earlier === null) contact[field] = value
      else if (folds[field](earlier) !== folds[field](value)) {
        problems.push(problem(row, 'contact-differs', `${fact.place}_${field}`, value, { other: earlier }))
      }
    }
  }
  const links = new Map<string, Link>()
  for (const { row, fact, pupil } of group) {
    const earlier = links.get(pupil.key)
    const link = { pupil, row, custody: fact.custody, known: known.link(match, pupil.known) }
    if (!earlier || weight(fact.custody) > weight(earlier.custody)) links.set(pupil.key, link)
  }
  const shared = new Set(match ? contactKeys(match).map(key => key.join('\t')) : [])
  const joining = [...links.values()].some(link => link.known === null)
  const recognised = joining
    ? contactKeys(contact)
        .filter(key => shared.has(key.join('\t')))
        .map(([reason]) => reason)
    : []
  return {
    given_name: first.fact.given_name,
    family_name: first.fact.family_name,
    ...contact,
    links: [...links.values()],
    rows: group.map(entry => entry.row),
    reasons: [...new Set([...reasons, ...recognised])].sort(),
    known: match,
  }
}

/** Where two rows disagree about custody, the one that gives fewer rights counts; saying nothing counts least. */
function weight(custody: Custody): number {
  return { unknown: 0, yes: 1, no: 2 }[custody]
}
