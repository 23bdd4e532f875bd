import type { Language } from '../web/i18n.ts'
import type { Plan } from './plan.ts'
import type { Problem } from './problems.ts'

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

/** The same for a person at a terminal: numbers first, then what is wrong, row by row. */
export function planLines(language: Language, plan: Plan, applied: boolean, codesMade: number): string[] {
  const { t } = language
  const { pupils, guardians, custody, codesFor } = plan
  const line = (count: number, text: string) => `${String(count).padStart(6)}  ${text}`
  const optional = (count: number, key: string) => (count > 0 ? [line(count, t(key, { count }))] : [])
  const entitled = codesFor.guardianships.length + codesFor.pupils.length
  const several = plan.files.length > 1
  return [
    ...plan.files.map(
      file => `${file.name}: ${t(`roll.profile.${file.profile}`)}, ${t(`roll.encoding.${file.encoding}`)}`,
    ),
    line(pupils.new.length, t('roll.preview.new', { count: pupils.new.length })),
    line(pupils.changed.length, t('roll.preview.changed', { count: pupils.changed.length })),
    line(pupils.unchanged, t('roll.preview.unchanged', { count: pupils.unchanged })),
    ...optional(pupils.leaving.length, 'roll.preview.leaving'),
    ...optional(pupils.gone.length, 'roll.preview.gone'),
    ...optional(plan.classes.length, 'roll.result.classes'),
    line(guardians.new.length, t('roll.preview.guardians', { count: guardians.new.length })),
    ...optional(guardians.changed.length, 'roll.preview.guardians-changed'),
    ...optional(custody.unknown, 'home.office.custody'),
    ...optional(plan.rows.leftOut, 'roll.preview.left-out'),
    ...(plan.siblings.length > 0 ? [t('roll.preview.siblings', { count: plan.siblings.length })] : []),
    ...(plan.repeated.length > 0 ? [t('roll.preview.repeated', { count: plan.repeated.length })] : []),
    ...(applied && codesMade === 0 && entitled > 0 ? [t('roll.report.codes', { count: entitled })] : []),
    ...(codesMade > 0 ? [t('roll.result.codes', { count: codesMade })] : []),
    ...plan.problems.map(problem => {
      const file = several ? `${plan.files[problem.file]?.name}, ` : ''
      const value = problem.value ? ` [${problem.value.replace(/\s+/g, ' ')}]` : ''
      const mark = problem.severity === 'stop' ? '✗' : '!'
      return `${mark} ${file}${t('roll.preview.row')} ${problem.row}: ${problemText(language, problem)}${value}`
    }),
    applied ? t('roll.import-result.ok.applied') : t('roll.import-new.nothing-yet'),
  ]
}
