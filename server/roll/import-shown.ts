import type { Language } from '../web/i18n.ts'
import { fullName, type RowFacts } from './facts.ts'
import type { Outcome } from './import-store.ts'
import type { At, FieldChange, NewGuardianship, Plan, ReadFile } from './plan.ts'
import { type Problem, rowKey, stoppedRows } from './problems.ts'

/** How many names or rows a page lists before it only counts. */
const most = 200

interface Capped<T> {
  readonly count: number
  readonly shown: readonly T[]
  readonly more: number
}

function capped<T, S>(list: readonly T[], show: (one: T) => S): Capped<S> {
  return { count: list.length, shown: list.slice(0, most).map(show), more: Math.max(0, list.length - most) }
}

/** What a field is called; the second guardian's fields are called like the first one's. */
export function fieldName({ t }: Language, field: string): string {
  return t(`roll.field.${field.replace('guardian2_', 'guardian_')}`)
}

function fieldValue({ t, day }: Language, field: string, value: string | null): string {
  if (value === null) return t('roll.preview.nothing')
  return /_on$/.test(field) ? day.full(value) : value
}

/** A change as it is read out: `Klasse: 9a → 10a`. */
function shownChanges(language: Language, changes: readonly FieldChange[]) {
  return changes.map(({ field, from, to }) => ({
    label: fieldName(language, field),
    from: fieldValue(language, field, from),
    to: fieldValue(language, field, to),
  }))
}

class Places {
  readonly #names: readonly string[]
  constructor(files: readonly ReadFile[]) {
    this.#names = files.map(file => file.name)
  }
  /** The numbers of the rows, after the file's name where there are several files. */
  names(places: readonly At[]): string {
    const files = [...Map.groupBy(places, place => place.file)]
    return files
      .map(([file, own]) => {
        const rows = own.map(({ row }) => row).join(', ')
        return this.#names.length > 1 ? `${rows} (${this.#names[file]})` : rows
      })
      .join('; ')
  }
}

/** The problems of each row together, the rows in the order of the files. */
function shownProblems(language: Language, files: readonly ReadFile[], problems: readonly Problem[]) {
  const facts = new Map(files.flatMap(file => file.facts).map(row => [rowKey(row), row]))
  const rows = [...Map.groupBy(problems, rowKey)].map(([key, found]) => {
    const [first] = found as [Problem, ...Problem[]]
    const row = facts.get(key)
    return {
      row: first.row,
      file: files.length > 1 ? (files[first.file]?.name ?? null) : null,
      who: row ? whoIn(row) : '',
      cells: found.flatMap(({ field, value }) =>
        field && value ? [{ label: fieldName(language, field), value }] : [],
      ),
      texts: [...new Set(found.map(({ kind, values }) => language.t(`roll.problem.${kind}`, values)))],
    }
  })
  return capped(rows, row => row)
}

function whoIn({ pupil, guardians, child }: RowFacts): string {
  if (pupil) return [fullName(pupil).trim(), pupil.class ?? ''].filter(part => part !== '').join(', ')
  const names = guardians.map(guardian => fullName(guardian).trim()).join(', ')
  return [names, child.external_id ?? ''].filter(part => part !== '').join(' · ')
}

/** Everything that the preview shows. */
export function previewLocals(language: Language, id: string, files: readonly ReadFile[], plan: Plan) {
  const { t, day } = language
  const places = new Places(files)
  const { pupils, guardians, guardianships } = plan
  const inClass = (name: string, group: string | null) => (group === null ? name : `${name} (${group})`)
  const stopped = stoppedRows(plan.problems)
  const stops = plan.problems.filter(problem => stopped.has(rowKey(problem)))
  const warnings = plan.problems.filter(problem => !stopped.has(rowKey(problem)))
  const shownLink = ({ names }: NewGuardianship) => t('roll.preview.link', names)
  const codes = plan.codesFor.guardianships.length + plan.codesFor.pupils.length
  return {
    id,
    files: plan.files.map(({ name, rows, profile, encoding }) => ({
      name,
      rows,
      profile: t(`roll.profile.${profile}`),
      encoding: t(`roll.encoding.${encoding}`),
    })),
    rows: plan.rows,
    stops: shownProblems(language, files, stops),
    warnings: shownProblems(language, files, warnings),
    added: capped(byClass(pupils.new), pupil => inClass(fullName(pupil), pupil.class)),
    changed: capped(pupils.changed, pupil => ({
      name: inClass(pupil.name, pupil.class),
      changes: shownChanges(language, pupil.changes),
    })),
    unchanged: pupils.unchanged,
    leaving: capped(byClass(pupils.leaving), pupil => inClass(pupil.name, pupil.class)),
    gone: capped(pupils.gone, pupil => `${pupil.name} (${day.full(pupil.on)})`),
    classes: plan.classes.map(one => one.name),
    guardians: {
      added: guardians.new.length,
      changed: capped(guardians.changed, one => ({ name: one.name, changes: shownChanges(language, one.changes) })),
      unchanged: guardians.unchanged,
    },
    links: {
      added: capped(
        guardianships.new.toSorted((a, b) => Number(b.doubtful) - Number(a.doubtful)),
        shownLink,
      ),
      doubtful: capped(
        guardianships.new.filter(one => one.doubtful),
        shownLink,
      ),
      changed: guardianships.changed.length,
      unchanged: guardianships.unchanged,
      missing: capped(guardianships.missing, ({ guardian, pupil }) => t('roll.preview.link', { guardian, pupil })),
    },
    custody: {
      ...plan.custody,
      changed: capped(guardianships.changed, one => ({
        guardian: one.guardian,
        pupil: one.pupil,
        from: t(`roll.custody.${one.from}`),
        to: t(`roll.custody.${one.to}`),
      })),
    },
    siblings: capped(plan.siblings, one => ({ guardian: one.guardian, children: language.list(one.children) })),
    repeated: capped(plan.repeated, one => ({
      name: one.name,
      rows: places.names(one.rows),
      reasons: language.list(one.reasons.map(reason => t(`roll.reason.${reason}`))),
      known: one.known,
    })),
    opened: capped(plan.opened, one => one),
    codes,
    options: { complete: plan.options.complete, confirmAll: plan.options.custody === 'confirm-all' },
    hasPupils: files.some(file => file.facts.some(row => row.pupil)),
    state: plan.stateHash,
    nothing: isEmpty(plan),
  }
}

function byClass<T extends { readonly class: string | null }>(pupils: readonly T[]): T[] {
  const { compare } = new Intl.Collator('de', { numeric: true })
  return pupils.toSorted((a, b) => compare(a.class ?? '', b.class ?? ''))
}

function isEmpty({ pupils, guardians, guardianships }: Plan): boolean {
  const lists = [pupils.new, pupils.changed, pupils.leaving, guardians.new, guardians.changed]
  return [...lists, guardianships.new, guardianships.changed].every(list => list.length === 0)
}

/** What remains of a plan when it is done: numbers. */
export function outcomeOf(plan: Plan, codes: number): Outcome {
  const { pupils, guardians, guardianships } = plan
  return {
    pupils: {
      new: pupils.new.length,
      changed: pupils.changed.length,
      unchanged: pupils.unchanged,
      leaving: pupils.leaving.length,
    },
    guardians: { new: guardians.new.length, changed: guardians.changed.length },
    guardianships: {
      new: guardianships.new.length,
      doubtful: guardianships.new.filter(one => one.doubtful).length,
    },
    classes: plan.classes.length,
    custody: plan.custody,
    rows: plan.rows,
    codes,
  }
}

export function resultLocals({ t }: Language, outcome: Outcome, batch: string | null) {
  const { pupils, guardians, guardianships, classes, custody, codes, rows } = outcome
  const line = (key: string, count: number) => (count > 0 ? [{ count, text: t(`roll.result.${key}`, { count }) }] : [])
  return {
    numbers: [
      ...line('pupils-new', pupils.new),
      ...line('pupils-changed', pupils.changed),
      ...line('pupils-unchanged', pupils.unchanged),
      ...line('pupils-leaving', pupils.leaving),
      ...line('classes', classes),
      ...line('guardians-new', guardians.new),
      ...line('guardians-changed', guardians.changed),
      ...line('links-new', guardianships.new),
      ...line('links-doubtful', guardianships.doubtful),
      ...line('left-out', rows.leftOut),
    ],
    custody,
    codes,
    batch,
  }
}
