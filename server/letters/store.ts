import { addDays } from '../clock.ts'
import { freshDays, type Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Slip } from '../people/visible.ts'
import type { Tables } from '../storage/tables.ts'
import type { AudiencePart, Letter } from './letter.ts'

type Row = Tables['letters'] & { author: string; audience: string }

function letterFrom(row: Row): Letter {
  const audience = JSON.parse(row.audience) as AudiencePart[]
  return { ...row, audience, choices: JSON.parse(row.choices) as string[] }
}

/** The letter, if it exists for this viewer: it reaches them, they wrote it, or they lead a group it goes to. */
export async function findLetter(viewer: Viewer, id: string): Promise<Letter | undefined> {
  const [row] = await visibleTo(viewer, 'letters').where({ id })
  return row && letterFrom(row)
}

/** One slip for each of the viewer's pupils that the letter is for. */
export async function listSlips(viewer: Viewer, letter: string): Promise<Slip[]> {
  return onePerPupil(await visibleTo(viewer, 'slips').where({ letter_id: letter }))
}

/** A child may be reached through several groups; it gets one slip, through the first. */
export function onePerPupil<T extends { letter_id: string; pupil_id: string }>(slips: readonly T[]): T[] {
  const seen = new Set<string>()
  return slips.filter(({ letter_id, pupil_id }) => {
    const key = `${letter_id} ${pupil_id}`
    return !seen.has(key) && seen.add(key)
  })
}

const mostShown = 500

/** What concerns the viewer's pupils now: what needs an answer, and what is new and settled. */
export interface Current {
  /** The earliest deadline first. */
  readonly due: readonly Slip[]
  /** Of the last two weeks, not opened yet, for reading only or answered already; the newest first. */
  readonly fresh: readonly Slip[]
}

/** One query over the letters that are open or of the last two weeks, however many years lie behind them. */
export async function listCurrent(viewer: Viewer): Promise<Current> {
  if (viewer.places.length === 0) return { due: [], fresh: [] }
  const since = addDays(viewer.today, -freshDays)
  // A limit that is bound keeps SQLite from joining the two halves of the query: four times as slow.
  const rows: Slip[] = await visibleTo(viewer, 'current_slips').limit(mostShown, { skipBinding: true })
  const slips = onePerPupil(rows)
  const asks = (slip: Slip) => slip.answer !== 'none' && slip.value === null
  return {
    due: slips
      .filter(slip => asks(slip) && (slip.respond_by ?? '') >= viewer.today)
      .sort((a, b) => (a.respond_by ?? '').localeCompare(b.respond_by ?? '')),
    fresh: slips
      .filter(slip => !asks(slip) && slip.opened === 0 && slip.published_at >= since)
      .sort((a, b) => b.published_at.localeCompare(a.published_at)),
  }
}

/** Letters of the last two weeks that go to the viewer as staff, or for reading to a class the viewer leads. */
export async function listForStaff(viewer: Viewer): Promise<Letter[]> {
  const rows = await visibleTo(viewer, 'letters')
    .where('published_at', '>=', addDays(viewer.today, -freshDays))
    .whereNull('withdrawn_at')
    .whereNot('author_id', viewer.id)
    .whereRaw(
      `EXISTS (SELECT 1 FROM json_each(audience) WHERE value ->> 'part' = 'staff' AND value ->> 'group' IN (SELECT value FROM json_each(?))
        OR answer = 'none' AND value ->> 'group' IN (SELECT value FROM json_each(?)))`,
      [JSON.stringify(viewer.works), JSON.stringify(viewer.leads)],
    )
    .orderBy('published_at', 'desc')
    .limit(20)
  return rows.map(letterFrom)
}

export const pageSize = 20

/** A page of letters that reached the viewer, the newest first, and whether there are more. */
export async function listReceived(viewer: Viewer, page: number): Promise<{ letters: Letter[]; more: boolean }> {
  return paged(
    visibleTo(viewer, 'letters')
      .whereNotNull('published_at')
      .whereNot('author_id', viewer.id)
      .orderBy('published_at', 'desc'),
    page,
  )
}

/** A page of what the viewer wrote, drafts included. */
export async function listWritten(viewer: Viewer, page: number): Promise<{ letters: Letter[]; more: boolean }> {
  return paged(visibleTo(viewer, 'letters').where('author_id', viewer.id).orderBy('changed_at', 'desc'), page)
}

async function paged(
  query: ReturnType<typeof visibleTo<'letters'>>,
  page: number,
): Promise<{ letters: Letter[]; more: boolean }> {
  const rows = await query.limit(pageSize + 1).offset((page - 1) * pageSize)
  return { letters: rows.slice(0, pageSize).map(letterFrom), more: rows.length > pageSize }
}

/** The slips of several letters at once, for a list. */
export async function listSlipsOf(viewer: Viewer, letters: readonly string[]): Promise<Slip[]> {
  if (viewer.places.length === 0 || letters.length === 0) return []
  return onePerPupil(await visibleTo(viewer, 'slips').whereIn('letter_id', letters))
}
