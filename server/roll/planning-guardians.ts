import { adultSince } from '../people/viewer.ts'
import type { Custody } from '../storage/tables.ts'
import { foldMail, foldPhone, fullName } from './facts.ts'
import type { FileGuardian, Link } from './guardians.ts'
import type { KnownGuardian, KnownRoll } from './known.ts'
import type {
  ChangedGuardian,
  ChangedGuardianship,
  FieldChange,
  NewGuardian,
  NewGuardianship,
  Plan,
  PlanOptions,
  Reference,
} from './plan.ts'
import { guardiansOf, isDoubtful } from './planning-links.ts'
import { type PlannedPupils, placesOf } from './planning-pupils.ts'
import { type Problem, problem } from './problems.ts'

type GuardianPlan = Pick<Plan, 'guardians' | 'siblings' | 'repeated' | 'opened' | 'custody' | 'codesFor'> & {
  readonly guardianships: Omit<Plan['guardianships'], 'missing'>
}

/** What becomes of the guardians and their links to children, and who gets a code. */
export function planGuardians(
  guardians: readonly FileGuardian[],
  pupils: PlannedPupils,
  roll: KnownRoll,
  options: PlanOptions,
): { readonly plan: GuardianPlan; readonly problems: readonly Problem[] } {
  const planning = new Planning(pupils, roll, options)
  for (const guardian of guardians) planning.add(guardian)
  return { plan: planning.plan(), problems: planning.problems }
}

class Planning {
  readonly problems: Problem[] = []
  readonly #pupils: PlannedPupils
  readonly #roll: KnownRoll
  readonly #options: PlanOptions
  readonly #guardians = { new: [] as NewGuardian[], changed: [] as ChangedGuardian[], unchanged: 0 }
  readonly #links = { new: [] as NewGuardianship[], changed: [] as ChangedGuardianship[], unchanged: 0 }
  readonly #custody = { yes: 0, no: 0, unknown: 0 }
  readonly #siblings: Plan['siblings'][number][] = []
  readonly #repeated: Plan['repeated'][number][] = []
  readonly #opened: Plan['opened'][number][] = []
  readonly #codes: Reference[] = []
  readonly #childrenOf = new Map<string, { id: string; name: string }[]>()
  readonly #knownPupils: ReadonlyMap<string, KnownRoll['pupils'][number]>
  readonly #guardiansOf: ReadonlyMap<string, readonly KnownGuardian[]>

  constructor(pupils: PlannedPupils, roll: KnownRoll, options: PlanOptions) {
    this.#pupils = pupils
    this.#roll = roll
    this.#options = options
    this.#knownPupils = new Map(roll.pupils.map(pupil => [pupil.id, pupil]))
    this.#guardiansOf = guardiansOf(roll)
    for (const link of roll.guardianships) {
      const pupil = this.#knownPupils.get(link.pupil_id)
      if (!pupil || (pupil.left_on !== null && pupil.left_on < roll.today) || link.until_on !== null) continue
      const children = this.#childrenOf.get(link.guardian_id) ?? []
      children.push({ id: pupil.id, name: fullName(pupil) })
      this.#childrenOf.set(link.guardian_id, children)
    }
  }

  add(guardian: FileGuardian): void {
    const links = guardian.links.flatMap(link => {
      const pupil = this.#referenceOf(link)
      return pupil ? [{ link, pupil }] : []
    })
    if (links.length === 0) return
    const reference = this.#addPerson(guardian)
    for (const { link, pupil } of links) this.#addLink(guardian, reference, link, pupil)
    this.#noteSiblings(guardian, links)
    const rows = placesOf(guardian.rows)
    if (guardian.reasons.length > 0 && (rows.length > 1 || guardian.known)) {
      this.#repeated.push({
        name: fullName(guardian),
        rows,
        reasons: guardian.reasons,
        known: guardian.known !== null,
      })
    }
  }

  plan(): GuardianPlan {
    return {
      guardians: this.#guardians,
      guardianships: this.#links,
      siblings: this.#siblings,
      repeated: this.#repeated,
      opened: this.#opened,
      custody: this.#custody,
      codesFor: { guardianships: this.#codes, pupils: this.#adultsWithoutAccount() },
    }
  }

  /** Nowhere for a child who is gone, and for one who leaves with this import. */
  #referenceOf({ pupil }: Link): Reference | undefined {
    const reference = this.#pupils.references.get(pupil.key) ?? (pupil.known ? { id: pupil.known.id } : undefined)
    return reference && 'id' in reference && this.#pupils.leaving.has(reference.id) ? undefined : reference
  }

  #addPerson(guardian: FileGuardian): Reference {
    const { known, given_name, family_name, email, phone, address } = guardian
    if (!known) {
      this.#guardians.new.push({ given_name, family_name, email, phone, address, rows: placesOf(guardian.rows) })
      return { new: this.#guardians.new.length - 1 }
    }
    const changes = contactChanges(guardian, known)
    if (changes.length === 0) this.#guardians.unchanged++
    else this.#guardians.changed.push({ id: known.id, name: fullName(known), changes, rows: placesOf(guardian.rows) })
    return { id: known.id }
  }

  #addLink(guardian: FileGuardian, reference: Reference, link: Link, pupil: Reference): void {
    const stated = link.custody === 'unknown' && this.#options.custody === 'confirm-all' ? 'yes' : link.custody
    const { known } = link
    if (!known) {
      const names = { guardian: fullName(guardian), pupil: this.#nameOf(pupil) }
      const doubtful = isDoubtful(guardian, link, this.#guardiansOf)
      this.#links.new.push({ guardian: reference, pupil, custody: stated, names, doubtful })
      if (doubtful) this.problems.push(problem(link.row, 'link-doubtful', null, '', names))
      this.#custody[stated]++
      if (stated !== 'yes' || this.#isAdult(pupil)) return
      if (guardian.known?.registered) this.#opened.push({ guardian: names.guardian, child: names.pupil })
      else this.#codes.push({ new: this.#links.new.length - 1 })
      return
    }
    const custody = this.#decide(known.custody, stated, link)
    this.#custody[custody]++
    if (custody === known.custody) {
      this.#links.unchanged++
      return
    }
    this.#links.changed.push({
      id: known.id,
      guardian: fullName(guardian),
      pupil: this.#nameOf(pupil),
      from: known.custody,
      to: custody,
    })
    if (
      custody === 'yes' &&
      known.until_on === null &&
      !this.#roll.invited.has(known.id) &&
      this.#needsCode(guardian.known, pupil)
    ) {
      this.#codes.push({ id: known.id })
    }
  }

  /** A file may answer what was open and may take rights away; it never gives back what somebody has taken. */
  #decide(before: Custody, stated: Custody, link: Link): Custody {
    if (stated === 'unknown' || stated === before) return before
    if (before === 'no') {
      this.problems.push(problem(link.row, 'custody-differs', null))
      return before
    }
    return stated
  }

  #needsCode(guardian: KnownGuardian | null, pupil: Reference): boolean {
    return !guardian?.registered && !this.#isAdult(pupil)
  }

  #isAdult(pupil: Reference): boolean {
    const born = 'id' in pupil ? this.#knownPupils.get(pupil.id)?.born_on : this.#pupils.plan.new[pupil.new]?.born_on
    return !!born && born <= adultSince(this.#roll.today)
  }

  #adultsWithoutAccount(): Reference[] {
    return this.#pupils.plan.new.flatMap((_, index) => (this.#isAdult({ new: index }) ? [{ new: index }] : []))
  }

  #nameOf(pupil: Reference): string {
    const found = 'id' in pupil ? this.#knownPupils.get(pupil.id) : this.#pupils.plan.new[pupil.new]
    return found ? fullName(found) : ''
  }

  #noteSiblings(guardian: FileGuardian, links: readonly { pupil: Reference }[]): void {
    const children = new Set(links.map(({ pupil }) => this.#nameOf(pupil)))
    const inFile = new Set(links.flatMap(({ pupil }) => ('id' in pupil ? [pupil.id] : [])))
    for (const child of (guardian.known && this.#childrenOf.get(guardian.known.id)) || []) {
      if (!inFile.has(child.id) && !this.#pupils.leaving.has(child.id)) children.add(child.name)
    }
    if (children.size > 1) this.#siblings.push({ guardian: fullName(guardian), children: [...children] })
  }
}

/** What the file leaves empty stays as it is; a number or mail written differently is the same. */
function contactChanges(guardian: FileGuardian, known: KnownGuardian): FieldChange[] {
  const folds = { email: foldMail, phone: foldPhone, address: (text: string) => text } as const
  return (['email', 'phone', 'address'] as const).flatMap(field => {
    const from = known[field]
    const to = guardian[field]
    if (to === null || (from !== null && folds[field](from) === folds[field](to))) return []
    return [{ field, from, to }]
  })
}
