import { addDays } from '../clock.ts'
import { classKey, fullName, type RowFacts } from './facts.ts'
import type { KnownClass, KnownPupil, KnownRoll } from './known.ts'
import type { At, ChangedPupil, FieldChange, LeavingPupil, NewPupil, Plan, PlanOptions, Reference } from './plan.ts'
import { rowKey } from './problems.ts'
import type { FilePupil, PupilsRead } from './pupils.ts'

export interface PlannedPupils {
  readonly plan: Plan['pupils']
  readonly classes: Plan['classes']
  /** Where a pupil of the files is in the plan, by its key; those who are gone are nowhere. */
  readonly references: ReadonlyMap<string, Reference>
  readonly leaving: ReadonlySet<string>
}

/** The rows behind something, each once. */
export function placesOf(rows: readonly RowFacts[]): At[] {
  const places = new Map(rows.map(row => [rowKey(row), { file: row.file, row: row.row }]))
  return [...places.values()]
}

/** What becomes of the pupils: new, changed field by field, the same, or leaving. */
export function planPupils(read: PupilsRead, roll: KnownRoll, options: PlanOptions): PlannedPupils {
  const classes = new Classes(roll.classes)
  const added: NewPupil[] = []
  const changed: ChangedPupil[] = []
  const leaving: LeavingPupil[] = []
  const gone: { name: string; on: string; rows: At[] }[] = []
  const references = new Map<string, Reference>()
  let unchanged = 0
  for (const pupil of read.pupils) {
    const { known, fact } = pupil
    const rows = placesOf(pupil.rows)
    const hasLeft = fact.leaves_on !== null && fact.leaves_on < roll.today
    if (!known) {
      if (hasLeft) {
        gone.push({ name: fullName(fact), on: fact.leaves_on as string, rows })
        continue
      }
      const name = fact.class === null ? null : classes.use(fact.class)
      references.set(pupil.key, { new: added.length })
      added.push({ ...fact, class: name, rows })
      continue
    }
    references.set(pupil.key, { id: known.id })
    if (hasLeft && isHere(known, roll.today)) {
      leaving.push({
        id: known.id,
        name: fullName(known),
        class: classes.nameOf(known.class_id),
        on: fact.leaves_on as string,
        why: 'date',
      })
      continue
    }
    const changes = changesOf(pupil, known, classes, roll.today)
    if (changes.length === 0) unchanged++
    else changed.push({ id: known.id, name: fullName(known), class: classes.nameOf(known.class_id), changes, rows })
  }
  if (options.complete && read.pupils.length > 0) {
    const present = new Set([...read.mentioned, ...read.pupils.flatMap(pupil => pupil.known?.id ?? [])])
    for (const known of roll.pupils) {
      if (present.has(known.id) || !isHere(known, roll.today)) continue
      leaving.push({
        id: known.id,
        name: fullName(known),
        class: classes.nameOf(known.class_id),
        on: addDays(roll.today, -1),
        why: 'absent',
      })
    }
  }
  return {
    plan: { new: added, changed, unchanged, leaving, gone },
    classes: classes.made,
    references,
    leaving: new Set(leaving.map(pupil => pupil.id)),
  }
}

function isHere(pupil: KnownPupil, today: string): boolean {
  return pupil.left_on === null || pupil.left_on >= today
}

function changesOf(pupil: FilePupil, known: KnownPupil, classes: Classes, today: string): FieldChange[] {
  const { fact } = pupil
  const changes: FieldChange[] = []
  const compare = (field: string, from: string | null, to: string | null) => {
    if (from !== to) changes.push({ field, from, to })
  }
  compare('external_id', known.external_id, fact.external_id ?? known.external_id)
  compare('given_name', known.given_name, fact.given_name)
  compare('family_name', known.family_name, fact.family_name)
  compare('born_on', known.born_on, fact.born_on ?? known.born_on)
  compare('left_on', known.left_on, leavingDay(pupil, known, today))
  const stays = fact.leaves_on === null || fact.leaves_on >= today
  if (fact.class !== null && stays) compare('class', classes.nameOf(known.class_id), classes.use(fact.class))
  return changes
}

/** A file without leaving days says at least that those whom it lists are here. */
function leavingDay(pupil: FilePupil, known: KnownPupil, today: string): string | null {
  if (pupil.leavingIsKnown) return pupil.fact.leaves_on
  return isHere(known, today) ? known.left_on : null
}

/** Classes by their folded name: `5A` in the file is the school's `5a`. */
class Classes {
  readonly #byKey = new Map<string, { readonly id: string | null; readonly name: string; needed: boolean }>()
  readonly #names = new Map<string, string>()
  readonly made: { name: string; id: string | null }[] = []

  constructor(known: readonly KnownClass[]) {
    for (const { id, name, ended } of known) {
      this.#names.set(id, name)
      const earlier = this.#byKey.get(classKey(name))
      if (!earlier?.id || earlier.needed) this.#byKey.set(classKey(name), { id, name, needed: ended })
    }
  }

  nameOf(id: string | null): string | null {
    return (id !== null && this.#names.get(id)) || null
  }

  /** The name under which the school has this class; one that is missing will be made. */
  use(name: string): string {
    const key = classKey(name)
    const found = this.#byKey.get(key)
    if (found && !found.needed) return found.name
    const made = { id: found?.id ?? null, name: found?.name ?? name }
    this.#byKey.set(key, { ...made, needed: false })
    this.made.push(made)
    return made.name
  }
}
