import type { House } from '../house.ts'
import { chunks } from '../people/codes.ts'
import { hashPassword } from '../people/passwords.ts'
import { type SystemChange, systemChange } from '../storage/change.ts'
import { castPassword } from './cast.ts'
import { welcomeFamilies } from './large-families.ts'
import { planLetters } from './large-letters.ts'
import { Deal, possibleReplies, readReach, replyCount, writeLetters } from './large-replies.ts'
import { hireStaff } from './large-staff.ts'
import { seededRandom } from './random.ts'

const lettersAtOnce = 400

/** Grows the small school to one of a thousand pupils and three years of letters. The same on every day, apart from the dates. */
export async function growLarge(house: House, progress: (text: string) => void): Promise<void> {
  const random = seededRandom(1000)
  const password_hash = await hashPassword(castPassword)
  const inOneChange = <T>(work: (change: SystemChange) => Promise<T>) =>
    systemChange(house.database, house.clock, 'demo', work)

  progress('Die große Schule entsteht: 80 Beschäftigte, 40 Klassen, 1.000 Kinder und 1.800 Erziehungsberechtigte …')
  const { letters, reach, deal } = await inOneChange(async change => {
    const groups = await hireStaff(change, random, password_hash)
    await welcomeFamilies(change, random, groups, password_hash)
    const heads = await change
      .write('accounts')
      .whereIn('id', change.write('appointments').select('account_id').whereIn('office', ['head', 'office']))
      .orderBy('login')
      .pluck('id')
    const planned = await planLetters(change, random, { groups, heads })
    const reached = await readReach(change)
    const [{ count } = { count: 0 }] = await change.raw<{ count: number }>('SELECT count(*) AS count FROM replies')
    return { letters: planned, reach: reached, deal: new Deal(replyCount - count, possibleReplies(planned, reached)) }
  })
  // What is open now draws on the same number of answers, so it goes first.
  const ordered = [...letters.filter(letter => letter.open), ...letters.filter(letter => !letter.open)]
  let written = 0
  for (const some of chunks(ordered, lettersAtOnce)) {
    await inOneChange(change => writeLetters(change, random, some, reach, deal))
    written += some.length
    progress(`  ${written} von ${letters.length} Briefen, noch ${deal.left} Antworten …`)
  }
}
