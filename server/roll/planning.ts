import { hash } from 'node:crypto'
import { nameKey, type RowFacts } from './facts.ts'
import { readGuardians } from './guardians.ts'
import type { KnownRoll } from './known.ts'
import type { Plan, PlanOptions, ReadFile } from './plan.ts'
import { planGuardians } from './planning-guardians.ts'
import { missingLinks } from './planning-links.ts'
import { planPupils } from './planning-pupils.ts'
import { checkMails, checkNameOrder, checkRow, countNames, type Problem, rowKey } from './problems.ts'
import { readPupils } from './pupils.ts'

/**
 * What an import would do to the roll, and what is wrong with its rows. Changes nothing.
 *
 * The same files, roll and options always give the same plan. Importing the same files again after
 * the plan was carried out gives one without anything new or changed.
 */
export function makePlan(files: readonly ReadFile[], roll: KnownRoll, options: PlanOptions): Plan {
  const rows = files.flatMap(file => file.facts)
  const problems = rows.flatMap(row => checkRow(row, roll.today))
  const stopped = new Set<string>()
  const stop = (found: readonly Problem[]) => {
    for (const one of found) if (one.severity === 'stop') stopped.add(rowKey(one))
  }
  stop(problems)
  const order = checkOrder(rows, roll)
  problems.push(...order)
  stop(order)
  const pupilsRead = readPupils(rows, roll, stopped)
  problems.push(...pupilsRead.problems)
  stop(pupilsRead.problems)
  problems.push(
    ...checkMails(
      rows.filter(row => !stopped.has(rowKey(row))),
      roll.guardians,
    ),
  )
  const guardiansRead = readGuardians(rows, pupilsRead, roll, stopped)
  problems.push(...guardiansRead.problems)

  const pupils = planPupils(pupilsRead, roll, options)
  const guardians = planGuardians(guardiansRead.guardians, pupils, roll, options)
  problems.push(...guardians.problems)
  const plan = {
    today: roll.today,
    options,
    files: files.map(({ facts, ...file }) => ({ ...file, rows: facts.length })),
    rows: { read: rows.length, leftOut: stopped.size },
    pupils: pupils.plan,
    classes: pupils.classes,
    ...guardians.plan,
    guardianships: {
      ...guardians.plan.guardianships,
      missing: missingLinks(rows, stopped, pupilsRead, guardiansRead.guardians, pupils, roll, options),
    },
    problems: sortProblems(problems),
  }
  return { ...plan, stateHash: stateHash(plan) }
}

function checkOrder(rows: readonly RowFacts[], roll: KnownRoll): Problem[] {
  const counts = countNames(rows)
  const familyNames = new Map<string, string>()
  const familyName = (person: { given_name: string; family_name: string }) => nameKey(person).split('\t')[0] ?? ''
  for (const pupil of roll.pupils) if (pupil.external_id) familyNames.set(pupil.external_id, familyName(pupil))
  for (const row of rows) if (row.pupil?.external_id) familyNames.set(row.pupil.external_id, familyName(row.pupil))
  const found = rows.flatMap(row => {
    const own = row.child.family_name ? familyName(row.child) : familyNames.get(row.child.external_id ?? '')
    return checkNameOrder(row, own ?? null, counts)
  })
  // A hint in most of the rows is no coincidence: the two columns are exchanged.
  if (found.length < 4 || found.length <= rows.length / 2) return found
  return found.map(one => ({ ...one, kind: 'names-swapped', severity: 'stop' }))
}

function sortProblems(problems: readonly Problem[]): Problem[] {
  const rank = (one: Problem) => (one.severity === 'stop' ? 0 : 1)
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.file - b.file || a.row - b.row)
}

/** Without the codes: a guardian who registers meanwhile needs none and changes nothing else. */
function stateHash(plan: Omit<Plan, 'stateHash'>): string {
  const { codesFor: _, ...consequences } = plan
  return hash('sha256', JSON.stringify(consequences))
}
