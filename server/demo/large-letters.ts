import { addDays } from '../clock.ts'
import type { SystemChange } from '../storage/change.ts'
import { schoolYearStart } from './classes.ts'
import type { LargeGroup } from './large-staff.ts'
import { drawText, type LetterText } from './large-texts.ts'
import type { Random } from './random.ts'

export const letterCount = 2000
const years = 3
const openNow = 18
const recent = 12

/** A letter of the large school before it is written down. */
export interface PlannedLetter extends LetterText {
  readonly id: string
  readonly audience_id: string
  readonly number: string
  readonly author: string
  readonly groups: readonly LargeGroup[]
  readonly published_on: string
  readonly respond_by: string | null
  readonly withdrawn: boolean
  readonly open: boolean
}

interface Authors {
  readonly groups: readonly LargeGroup[]
  /** Who writes to the whole school. */
  readonly heads: readonly string[]
}

/** Three years of letters, oldest first: mostly to one class, some to a grade or a club, a few to the whole school. */
export async function planLetters(
  change: SystemChange,
  random: Random,
  { groups, heads }: Authors,
): Promise<PlannedLetter[]> {
  const { today } = change
  const existing = await change.write('letters').select('number')
  const past = Array.from(
    { length: letterCount - existing.length - openNow - recent },
    () => -16 - random.below(years * 365 - 16),
  )
  const days = [
    ...past.map((ago, index) => ({ ago, open: false, toAll: index % 50 === 0 })),
    ...Array.from({ length: recent }, () => ({ ago: -1 - random.below(13), open: false, toAll: false })),
    ...Array.from({ length: openNow }, (_, index) => ({ ago: -1 - random.below(9), open: true, toAll: index === 0 })),
  ]
  const dated = days
    .map(({ ago, ...rest }) => ({ day: schoolDay(addDays(today, ago)), ...rest }))
    .sort((a, b) => a.day.localeCompare(b.day))
  const next = numbers(existing.map(letter => letter.number))
  return dated.map(({ day, open, toAll }) => {
    const settled = !open && day >= addDays(today, -15)
    const words = drawText(random, day, open || (!settled && random.chance(0.62)))
    const reach = drawGroups(
      random,
      groups.filter(group => existedOn(group, day, today)),
      toAll,
    )
    const due = addDays(open ? today : day, 3 + random.below(11))
    return {
      ...words,
      id: random.id(),
      audience_id: random.id(),
      number: next(day.slice(0, 4)),
      author: reach.length > 6 ? random.pick(heads) : random.pick(reach[0]?.teachers ?? heads),
      groups: reach,
      published_on: day,
      respond_by: words.answer === 'none' ? null : due,
      withdrawn: !open && random.chance(0.01),
      open,
    }
  })
}

function drawGroups(random: Random, groups: readonly LargeGroup[], wholeSchool: boolean): LargeGroup[] {
  const classes = groups.filter(group => group.plan)
  if (wholeSchool) return classes
  if (random.chance(0.03)) return [random.pick(groups.filter(group => !group.plan))]
  const one = random.pick(classes)
  return random.chance(0.14) ? classes.filter(other => other.plan?.grade === one.plan?.grade) : [one]
}

function existedOn({ plan }: LargeGroup, day: string, today: string): boolean {
  return plan === null || day >= schoolYearStart(today, plan.years)
}

/** The Friday before, for a day at the weekend. */
function schoolDay(day: string): string {
  const { dayOfWeek } = Temporal.PlainDate.from(day)
  return dayOfWeek > 5 ? addDays(day, 5 - dayOfWeek) : day
}

/** Numbers within each year, without those that are taken. */
function numbers(existing: readonly (string | null)[]): (year: string) => string {
  const taken = new Set(existing)
  const last = new Map<string, number>()
  return year => {
    let count = last.get(year) ?? 0
    let number: string
    do {
      count += 1
      number = `EB-${year}-${String(count).padStart(4, '0')}`
    } while (taken.has(number))
    last.set(year, count)
    return number
  }
}
