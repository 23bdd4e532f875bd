/** A class of the large school. Classes move up together; new ones begin in grades 5, 11, 12 and 13. */
export interface ClassPlan {
  readonly name: string
  readonly grade: number
  /** School years that this class has existed before the present one. */
  readonly years: number
}

const parallel: Readonly<Record<number, string>> = {
  5: 'abcdef',
  6: 'abcdef',
  7: 'abcdef',
  8: 'abcdef',
  9: 'abcdef',
  10: 'abcdef',
  11: 'ab',
}

/** The forty classes, those of the small school among them. */
export const classPlans: readonly ClassPlan[] = [5, 6, 7, 8, 9, 10, 11, 12, 13].flatMap(grade =>
  (parallel[grade]?.split('') ?? ['']).map(letter => ({
    name: `${grade}${letter}`,
    grade,
    years: Math.min(3, grade <= 10 ? grade - 5 : grade - 11),
  })),
)

export const pupilsPerClass = 25

export const clubNames = [
  'AG Fußball',
  'AG Schach',
  'AG Theater',
  'AG Robotik',
  'AG Garten',
  'AG Schülerzeitung',
] as const

/** The first of August on or before a day, some years earlier. */
export function schoolYearStart(today: string, years: number): string {
  const year = Number(today.slice(0, 4)) - (today.slice(5) < '08-01' ? 1 : 0)
  return `${year - years}-08-01`
}
