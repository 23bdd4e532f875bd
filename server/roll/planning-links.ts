import { foldAddress, foldName, fullName, type RowFacts } from './facts.ts'
import type { FileGuardian, Link } from './guardians.ts'
import type { KnownGuardian, KnownRoll } from './known.ts'
import type { Plan, PlanOptions } from './plan.ts'
import type { PlannedPupils } from './planning-pupils.ts'
import { rowKey } from './problems.ts'
import type { PupilsRead } from './pupils.ts'

function hasEnded(link: { readonly until_on: string | null }, today: string): boolean {
  return link.until_on !== null && link.until_on < today
}

/** Who the roll's children have today. */
export function guardiansOf(roll: KnownRoll): ReadonlyMap<string, readonly KnownGuardian[]> {
  const people = new Map(roll.guardians.map(guardian => [guardian.id, guardian]))
  const found = new Map<string, KnownGuardian[]>()
  for (const link of roll.guardianships) {
    const guardian = people.get(link.guardian_id)
    if (!guardian || hasEnded(link, roll.today)) continue
    const own = found.get(link.pupil_id)
    if (own) own.push(guardian)
    else found.set(link.pupil_id, [guardian])
  }
  return found
}

/** Nothing speaks for a new link: another family name, another address, and the child has guardians already. */
export function isDoubtful(
  guardian: FileGuardian,
  { pupil: { known } }: Link,
  guardians: ReadonlyMap<string, readonly KnownGuardian[]>,
): boolean {
  const others = (known && guardians.get(known.id)) || []
  if (!known || others.length === 0) return false
  if (shareName(guardian.family_name, known.family_name)) return false
  const addresses = [guardian.address, guardian.known?.address ?? null].flatMap(one => (one ? [foldAddress(one)] : []))
  return !others.some(other => other.address !== null && addresses.includes(foldAddress(other.address)))
}

/** `Schäfer` and `O'Brien-Schäfer` share a name; `von Berg` and `von Thal` do not. */
function shareName(one: string, other: string): boolean {
  if (foldName(one) === foldName(other)) return true
  const parts = (name: string) =>
    foldName(name)
      .split(/[\s-]+/)
      .filter(part => part.length > 3)
  return parts(one).some(part => parts(other).includes(part))
}

/**
 * Links of the roll of which a whole list with guardians no longer speaks. They stay; the office should look.
 *
 * Not those of children who leave, and not of children with a row that is left out.
 */
export function missingLinks(
  rows: readonly RowFacts[],
  stopped: ReadonlySet<string>,
  read: PupilsRead,
  guardians: readonly FileGuardian[],
  planned: PlannedPupils,
  roll: KnownRoll,
  options: PlanOptions,
): Plan['guardianships']['missing'] {
  if (!options.complete || !rows.some(row => row.guardians.length > 0)) return []
  const unsure = new Set(read.mentioned)
  for (const row of rows) {
    const known = stopped.has(rowKey(row)) && read.find(row.child)?.known
    if (known) unsure.add(known.id)
  }
  const children = new Map(
    read.pupils.flatMap(({ known }) =>
      known && !planned.leaving.has(known.id) && !unsure.has(known.id) ? [[known.id, known] as const] : [],
    ),
  )
  const named = new Set(guardians.flatMap(guardian => guardian.links.flatMap(link => link.known?.id ?? [])))
  const people = new Map(roll.guardians.map(guardian => [guardian.id, guardian]))
  return roll.guardianships.flatMap(link => {
    const pupil = children.get(link.pupil_id)
    const guardian = people.get(link.guardian_id)
    if (!pupil || !guardian || named.has(link.id) || hasEnded(link, roll.today)) return []
    return [{ id: link.id, guardian: fullName(guardian), pupil: fullName(pupil), custody: link.custody }]
  })
}
