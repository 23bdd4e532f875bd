import type { Language } from '../web/i18n.ts'
import type { Plan } from './plan.ts'
import { type Problem, rowKey, stoppedRows } from './problems.ts'

/** How many people the text names of each kind. */
const mostNames = 20

function problemText({ t }: Language, { kind, values }: Problem): string {
  return t(`roll.problem.${kind}`, values)
}

/** A plan as one JSON document, with its problems in words. */
export function planDocument(language: Language, plan: Plan, applied: boolean, codesMade: number) {
  const { pupils, codesFor, problems, files, ...rest } = plan
  return {
    applied,
    ...rest,
    files,
    new: pupils.new,
    changed: pupils.changed,
    unchanged: pupils.unchanged,
    leaving: pupils.leaving,
    gone: pupils.gone,
    codes: { entitled: codesFor.guardianships.length + codesFor.pupils.length, made: codesMade },
    problems: problems.map(problem => ({
      ...problem,
      file: files[problem.file]?.name ?? '',
      text: problemText(language, problem),
    })),
  }
}

/** The same for a person at a terminal: numbers first, then who is meant, then what is wrong, row by row. */
export function planLines(language: Language, plan: Plan, applied: boolean, codesMade: number): string[] {
  const { t } = language
  const { codesFor } = plan
  const entitled = codesFor.guardianships.length + codesFor.pupils.length
  return [
    ...plan.files.map(
      file => `${file.name}: ${t(`roll.profile.${file.profile}`)}, ${t(`roll.encoding.${file.encoding}`)}`,
    ),
    ...numberLines(language, plan),
    ...nameLines(language, plan),
    ...(applied && codesMade === 0 && entitled > 0 ? [t('roll.report.codes', { count: entitled })] : []),
    ...(codesMade > 0 ? [t('roll.result.codes', { count: codesMade })] : []),
    ...problemLines(language, plan),
    applied ? t('roll.import-result.ok.applied') : t('roll.import-new.nothing-yet'),
  ]
}

function numberLines({ t }: Language, plan: Plan): string[] {
  const { pupils, guardians, guardianships, custody } = plan
  const line = (count: number, key: string) => `${String(count).padStart(6)}  ${t(key, { count })}`
  const optional = (count: number, key: string) => (count > 0 ? [line(count, key)] : [])
  return [
    line(pupils.new.length, 'roll.preview.new'),
    line(pupils.changed.length, 'roll.preview.changed'),
    line(pupils.unchanged, 'roll.preview.unchanged'),
    ...optional(pupils.leaving.length, 'roll.preview.leaving'),
    ...optional(pupils.gone.length, 'roll.preview.gone'),
    ...optional(plan.classes.length, 'roll.result.classes'),
    line(guardians.new.length, 'roll.preview.guardians'),
    ...optional(guardians.changed.length, 'roll.preview.guardians-changed'),
    ...optional(guardians.unchanged, 'roll.preview.guardians-unchanged'),
    line(guardianships.new.length, 'roll.preview.links'),
    ...optional(guardianships.changed.length, 'roll.preview.links-changed'),
    ...optional(guardianships.unchanged, 'roll.preview.links-unchanged'),
    ...optional(guardianships.missing.length, 'roll.preview.links-missing'),
    line(custody.yes, 'roll.preview.custody.yes'),
    line(custody.no, 'roll.preview.custody.no'),
    line(custody.unknown, 'roll.report.custody-unknown'),
    ...optional(plan.rows.leftOut, 'roll.preview.left-out'),
  ]
}

/** Long lists end with how many more there are: `--json` names everybody. */
function nameLines(language: Language, plan: Plan): string[] {
  const { t, list } = language
  const { guardianships } = plan
  const part = <T>(heading: string, why: string | null, all: readonly T[], show: (one: T) => string) =>
    all.length === 0
      ? []
      : [
          heading,
          ...(why === null ? [] : [`        ${why}`]),
          ...all.slice(0, mostNames).map(one => `        ${show(one)}`),
          ...(all.length > mostNames ? [`        ${t('roll.preview.more', { count: all.length - mostNames })}`] : []),
        ]
  const counted = <T>(key: string, all: readonly T[]) => t(key, { count: all.length })
  return [
    ...(plan.classes.length > 0
      ? [t('roll.preview.new.hint', { classes: plan.classes.map(one => one.name).join(', ') })]
      : []),
    ...part(`${t('roll.preview.links-new-names')}:`, null, guardianships.new, ({ names }) =>
      t('roll.preview.link', names),
    ),
    ...part(
      `${t('roll.preview.links-missing-names')}:`,
      t('roll.preview.links-missing.hint'),
      guardianships.missing,
      ({ guardian, pupil }) => t('roll.preview.link', { guardian, pupil }),
    ),
    ...part(counted('roll.preview.siblings', plan.siblings), t('roll.preview.siblings.why'), plan.siblings, one =>
      t('roll.preview.link', { guardian: one.guardian, pupil: list(one.children) }),
    ),
    ...part(counted('roll.preview.repeated', plan.repeated), t('roll.preview.repeated.why'), plan.repeated, one =>
      [
        `${one.name}: ${t('roll.report.same', { reasons: list(one.reasons.map(reason => t(`roll.reason.${reason}`))) })}`,
        ...(one.known ? [t('roll.preview.repeated.known')] : []),
      ].join(' '),
    ),
  ]
}

function problemLines(language: Language, plan: Plan): string[] {
  const stopped = stoppedRows(plan.problems)
  return plan.problems.map(problem => {
    const file = plan.files.length > 1 ? `${plan.files[problem.file]?.name}, ` : ''
    const value = problem.value ? ` [${problem.value.replace(/\s+/g, ' ')}]` : ''
    const mark = stopped.has(rowKey(problem)) ? '✗' : '!'
    return `${mark} ${file}${language.t('roll.preview.row')} ${problem.row}: ${problemText(language, problem)}${value}`
  })
}
