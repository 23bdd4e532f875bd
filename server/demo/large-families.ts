import { addDays } from '../clock.ts'
import type { SystemChange } from '../storage/change.ts'
import { pupilsPerClass } from './classes.ts'
import { FamilyRows, type Seat } from './family-rows.ts'
import type { LargeGroup } from './large-staff.ts'
import type { Random } from './random.ts'
import { insertMany } from './rows.ts'

export const guardianCount = 1800

/** Fills every class to its size with children of families; brings the guardians to eighteen hundred. */
export async function welcomeFamilies(
  change: SystemChange,
  random: Random,
  groups: readonly LargeGroup[],
  password_hash: string,
): Promise<void> {
  const classes = groups.filter(group => group.plan)
  const seats = random.shuffled(await emptySeats(change, random, classes))
  const [{ count } = { count: 0 }] = await change.raw<{ count: number }>('SELECT count(*) AS count FROM guardians')
  const families = shareSeats(seats, Math.round((guardianCount - count) / 2))
  const sizes = random.shuffled(familySizes(families.length, guardianCount - count))
  const taken = new Set<string>()
  const rows = new FamilyRows(change, random)
  for (const [index, children] of families.entries()) rows.add(children, sizes[index] ?? 2, taken)
  await rows.write(password_hash)
  await joinClubs(
    change,
    random,
    seats.map(seat => seat.pupil),
    groups.filter(group => !group.plan),
  )
}

async function emptySeats(change: SystemChange, random: Random, classes: readonly LargeGroup[]): Promise<Seat[]> {
  const present = await change.raw<{ group_id: string; count: number }>(
    'SELECT group_id, count(*) AS count FROM group_pupils GROUP BY group_id',
  )
  const counts = new Map(present.map(row => [row.group_id, row.count]))
  return classes.flatMap(group =>
    Array.from({ length: pupilsPerClass - (counts.get(group.id) ?? 0) }, () => ({ pupil: random.id(), group })),
  )
}

/** Seats dealt to families in turn: who comes round again gets a sister or a brother, nearly always of another class. */
function shareSeats(seats: readonly Seat[], families: number): Seat[][] {
  const shared: Seat[][] = Array.from({ length: families }, () => [])
  for (const [index, seat] of seats.entries()) shared[index % families]?.push(seat)
  return shared
}

/** One guardian in every tenth family, three in as many as it takes, else two. */
function familySizes(families: number, guardians: number): number[] {
  const alone = Math.floor(families / 10)
  const three = guardians - 2 * families + alone
  return Array.from({ length: families }, (_, index) => (index < alone ? 1 : index < alone + three ? 3 : 2))
}

async function joinClubs(
  change: SystemChange,
  random: Random,
  pupils: readonly string[],
  clubs: readonly LargeGroup[],
): Promise<void> {
  const from_on = addDays(change.today, -60)
  for (const club of clubs) {
    const members = random.shuffled(pupils).slice(0, 16)
    await insertMany(
      change,
      'group_pupils',
      members.map(pupil_id => ({ group_id: club.id, pupil_id, from_on, until_on: null })),
    )
  }
}
