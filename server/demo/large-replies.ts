import { addDays } from '../clock.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import type { PlannedLetter } from './large-letters.ts'
import type { Random } from './random.ts'
import { insertMany } from './rows.ts'

export const replyCount = 60_000
const openShare = 0.45

interface Reached {
  readonly pupil: string
  /** Accounts that may act for the pupil; none where the family is on paper. */
  readonly accounts: readonly string[]
}
export type Reach = ReadonlyMap<string, readonly Reached[]>

/** Who answers for whom, by group. */
export async function readReach(change: SystemChange): Promise<Reach> {
  const rows = await change.raw<{ group_id: string; pupil: string; accounts: string }>(
    `SELECT m.group_id, m.pupil_id AS pupil,
       (SELECT json_group_array(account_id) FROM (
         SELECT g.account_id FROM guardianships s JOIN guardians g ON g.id = s.guardian_id
         WHERE s.pupil_id = m.pupil_id AND s.may_act = 1 AND s.until_on IS NULL AND g.account_id IS NOT NULL ORDER BY g.email)) AS accounts
     FROM group_pupils m JOIN pupils p ON p.id = m.pupil_id ORDER BY p.external_id, m.group_id`,
  )
  const reached = rows.map(({ group_id, pupil, accounts }) => ({
    group_id,
    pupil,
    accounts: JSON.parse(accounts) as string[],
  }))
  return Map.groupBy(reached, row => row.group_id)
}

/** How many answers the letters that are over could have. */
export function possibleReplies(letters: readonly PlannedLetter[], reach: Reach): number {
  return letters
    .filter(letter => letter.answer !== 'none' && !letter.open)
    .reduce((sum, letter) => sum + reachedBy(letter, reach).length, 0)
}

function reachedBy(letter: PlannedLetter, reach: Reach): Reached[] {
  return letter.groups.flatMap(group => reach.get(group.id) ?? [])
}

/** Deals a number of answers out evenly over as many chances, and comes out exactly. */
export class Deal {
  left: number
  #chances: number

  constructor(left: number, chances: number) {
    if (left > chances) throw new Error(`${chances} letters for children cannot have ${left} answers`)
    this.left = left
    this.#chances = chances
  }

  draw(random: Random): boolean {
    const taken = random.below(this.#chances) < this.left
    this.#chances -= 1
    if (taken) this.left -= 1
    return taken
  }
}

/** Writes letters with what came back: answers, and who opened them. */
export async function writeLetters(
  change: SystemChange,
  random: Random,
  letters: readonly PlannedLetter[],
  reach: Reach,
  deal: Deal,
): Promise<void> {
  const replies: Tables['replies'][] = []
  const receipts: Tables['receipts'][] = []
  for (const letter of letters) {
    for (const { pupil, accounts } of reachedBy(letter, reach)) {
      const key = { letter_id: letter.id, pupil_id: pupil }
      const answered =
        letter.answer !== 'none' && (letter.open ? deal.left > 0 && random.chance(openShare) : deal.draw(random))
      if (answered && letter.open) deal.left -= 1
      const reader = accounts.length > 0 ? random.pick(accounts) : null
      const read_on = readOn(random, letter, change.today)
      if (answered) {
        const replied_at = `${read_on}T${16 + random.below(5)}:${10 + random.below(49)}:00.000Z`
        replies.push({
          ...key,
          value: drawAnswer(random, letter),
          account_id: reader ?? letter.author,
          paper: reader ? 0 : 1,
          replied_at,
        })
      }
      for (const account_id of accounts) {
        if ((answered && account_id === reader) || random.chance(0.35)) receipts.push({ ...key, account_id, read_on })
      }
    }
  }
  await insertMany(
    change,
    'audiences',
    letters.map(letter => ({ id: letter.audience_id })),
  )
  await insertMany(
    change,
    'audience_parts',
    letters.flatMap(({ audience_id, groups }) =>
      groups.map(({ id }) => ({ audience_id, group_id: id, part: 'guardians' as const })),
    ),
  )
  await insertMany(change, 'letters', letters.map(letterRow))
  await insertMany(change, 'replies', replies)
  await insertMany(change, 'receipts', receipts)
}

function readOn(random: Random, letter: PlannedLetter, today: string): string {
  const day = addDays(letter.published_on, random.below(4))
  return day < today ? day : letter.published_on
}

function drawAnswer(random: Random, { answer, choices }: PlannedLetter): string {
  if (answer === 'acknowledgement') return 'read'
  if (answer === 'yes_no') return random.chance(0.8) ? 'yes' : 'no'
  return String(random.below(choices.length))
}

function letterRow(letter: PlannedLetter): Tables['letters'] {
  const published_at = `${letter.published_on}T11:${letter.number.slice(-2).replace(/[6-9](?=\d)/, '3')}:00.000Z`
  return {
    id: letter.id,
    number: letter.number,
    author_id: letter.author,
    audience_id: letter.audience_id,
    title: letter.title,
    text: letter.text,
    answer: letter.answer,
    question: letter.question,
    choices: JSON.stringify(letter.choices),
    respond_by: letter.respond_by,
    changed_at: published_at,
    published_at,
    withdrawn_at: letter.withdrawn ? `${addDays(letter.published_on, 1)}T09:00:00.000Z` : null,
  }
}
