import { type ChildReference, classKey, foldName, fullName, nameKey, type PupilFact, type RowFacts } from './facts.ts'
import type { KnownPupil, KnownRoll } from './known.ts'
import { type Problem, problem, rowKey } from './problems.ts'

/** A pupil of the files: what all rows about the same child say together. */
export interface FilePupil {
  readonly key: string
  readonly fact: PupilFact
  /** Whether the rows would have said when the child leaves. */
  readonly leavingIsKnown: boolean
  readonly rows: readonly RowFacts[]
  readonly known: KnownPupil | null
}

export interface PupilsRead {
  readonly pupils: readonly FilePupil[]
  /** The pupil that a row of guardians is about: a file's one, or one of the roll. */
  find(child: ChildReference): { readonly key: string; readonly known: KnownPupil | null } | undefined
  /** Pupils of the roll of whom only rows speak that are left out. */
  readonly mentioned: ReadonlySet<string>
  readonly problems: readonly Problem[]
}

function birthKey(child: ChildReference): string | null {
  return child.born_on && child.family_name ? `${nameKey(child)}\t${child.born_on}` : null
}

function withoutZeros(id: string): string {
  return id.replace(/^0+(?=.)/, '')
}

/** Indexes of the roll's pupils by the ways in which a file can name them. */
class KnownPupils {
  readonly byId = new Map<string, KnownPupil>()
  readonly byBirth = new Map<string, KnownPupil>()

  constructor(roll: KnownRoll) {
    for (const pupil of roll.pupils) {
      if (pupil.external_id) this.byId.set(pupil.external_id, pupil)
      const birth = birthKey(pupil)
      if (birth) this.byBirth.set(birth, pupil)
    }
  }

  find(child: ChildReference): KnownPupil | undefined {
    if (child.external_id) {
      const same = this.byId.get(child.external_id)
      if (same) return same
    }
    const birth = birthKey(child)
    const same = birth ? this.byBirth.get(birth) : undefined
    return same && (!child.external_id || !same.external_id) ? same : undefined
  }
}

/**
 * Brings the rows together that speak of the same child, by id, else by name and day of birth, and finds the
 * child in the roll. Says where rows contradict each other or name an id that nobody has.
 */
export function readPupils(rows: readonly RowFacts[], roll: KnownRoll, stopped: ReadonlySet<string>): PupilsRead {
  const knownPupils = new KnownPupils(roll)
  const stating = rows.filter(row => row.pupil)
  const idByBirth = new Map<string, string>()
  for (const { child } of stating) {
    const birth = birthKey(child)
    if (child.external_id && birth) idByBirth.set(birth, child.external_id)
  }
  const keyOf = (child: ChildReference): string | null => {
    if (child.external_id) return child.external_id
    const birth = birthKey(child)
    return birth && (idByBirth.get(birth) ?? birth)
  }
  const problems: Problem[] = []
  const rowsOf = new Map<string, RowFacts[]>()
  const leftOut = new Set<string>()
  for (const row of stating) {
    const key = keyOf(row.child)
    if (key === null) continue
    if (stopped.has(rowKey(row))) leftOut.add(key)
    else rowsOf.set(key, [...(rowsOf.get(key) ?? []), row])
  }
  const fullIds = new Map<string, string>()
  for (const id of [...knownPupils.byId.keys(), ...rowsOf.keys()])
    if (id.startsWith('0')) fullIds.set(withoutZeros(id), id)

  const pupils: FilePupil[] = []
  for (const [key, own] of rowsOf) {
    const found = checkPupil(own, knownPupils, fullIds)
    problems.push(...found)
    if (found.length > 0) {
      leftOut.add(key)
      continue
    }
    const fact = own.map(row => row.pupil as PupilFact).reduce(together)
    pupils.push({
      key,
      fact,
      leavingIsKnown: own.some(row => row.values.pupil_leaves_on !== undefined),
      rows: own,
      known: knownPupils.find(fact) ?? null,
    })
  }
  const byKey = new Map(pupils.map(pupil => [pupil.key, pupil]))
  const find: PupilsRead['find'] = child => {
    const key = keyOf(child)
    const stated = key === null ? undefined : byKey.get(key)
    if (stated) return stated
    const known = knownPupils.find(child)
    return known && { key: key ?? known.id, known }
  }
  for (const row of rows) {
    if (row.pupil || stopped.has(rowKey(row)) || find(row.child)) continue
    problems.push(explainMissing(row, keyOf(row.child), leftOut, fullIds))
  }
  const omitted = new Set([...stopped, ...problems.map(rowKey)])
  const mentioned = mentionedIn(
    stating.filter(row => omitted.has(rowKey(row))),
    roll,
    knownPupils,
    fullIds,
  )
  return { pupils, find, problems, mentioned }
}

function checkPupil(
  rows: readonly RowFacts[],
  knownPupils: KnownPupils,
  fullIds: ReadonlyMap<string, string>,
): Problem[] {
  const [first] = rows as [RowFacts, ...RowFacts[]]
  const other = rows.find(row => contradict(first.pupil as PupilFact, row.pupil as PupilFact))
  if (other) {
    return rows.map(row =>
      problem(row, 'id-twice', 'pupil_id', row.child.external_id ?? '', { other: (row === first ? other : first).row }),
    )
  }
  const id = first.child.external_id
  const holder = id ? knownPupils.byId.get(id) : undefined
  if (holder && isSomebodyElse(holder, first.child)) {
    return rows.map(row => problem(row, 'id-used', 'pupil_id', id ?? '', { name: fullName(holder) }))
  }
  if (!id || holder) return []
  const full = fullIds.get(withoutZeros(id))
  if (full !== undefined && full !== id)
    return rows.map(row => problem(row, 'id-lost-zero', 'pupil_id', id, { id: full }))
  const birth = birthKey(first.child)
  const namesake = birth ? knownPupils.byBirth.get(birth) : undefined
  if (!namesake?.external_id) return []
  return rows.map(row => problem(row, 'id-other', 'pupil_id', id, { id: namesake.external_id ?? '' }))
}

/** One name may change, and a birthday be corrected; where nothing agrees, the number belongs to another child. */
function isSomebodyElse(known: KnownPupil, child: ChildReference): boolean {
  const agrees = known.born_on !== null && known.born_on === child.born_on
  const differs = (field: 'given_name' | 'family_name') => foldName(known[field]) !== foldName(child[field])
  return !agrees && differs('given_name') && differs('family_name')
}

function explainMissing(
  row: RowFacts,
  key: string | null,
  leftOut: ReadonlySet<string>,
  fullIds: ReadonlyMap<string, string>,
): Problem {
  const id = row.child.external_id ?? ''
  const field = id ? 'pupil_id' : 'pupil_family_name'
  if (key !== null && leftOut.has(key)) return problem(row, 'child-left-out', field, id)
  const full = id ? fullIds.get(withoutZeros(id)) : undefined
  if (full !== undefined && full !== id) return problem(row, 'id-lost-zero', field, id, { id: full })
  return problem(row, 'child-unknown', field, id)
}

function contradict(one: PupilFact, other: PupilFact): boolean {
  return (
    nameKey(one) !== nameKey(other) ||
    differ(one.born_on, other.born_on) ||
    differ(one.leaves_on, other.leaves_on) ||
    differ(one.class && classKey(one.class), other.class && classKey(other.class))
  )
}

function differ(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other
}

function together(one: PupilFact, other: PupilFact): PupilFact {
  return {
    ...one,
    external_id: one.external_id ?? other.external_id,
    born_on: one.born_on ?? other.born_on,
    class: one.class ?? other.class,
    leaves_on: one.leaves_on ?? other.leaves_on,
  }
}

/** Who is spoken of in a row that is left out must not leave as absent: found by id, id without zeros, or name. */
function mentionedIn(
  rows: readonly RowFacts[],
  roll: KnownRoll,
  knownPupils: KnownPupils,
  fullIds: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const names = new Set(
    rows.flatMap(({ child }) => [
      nameKey(child),
      nameKey({ given_name: child.family_name, family_name: child.given_name }),
    ]),
  )
  const mentioned = new Set(roll.pupils.filter(pupil => names.has(nameKey(pupil))).map(pupil => pupil.id))
  for (const { child } of rows) {
    const id = child.external_id && (fullIds.get(withoutZeros(child.external_id)) ?? child.external_id)
    const known = id ? knownPupils.byId.get(id) : undefined
    if (known) mentioned.add(known.id)
  }
  return mentioned
}
