import { type Addressee, type Slip, visibleTo } from '../people/visibility.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Change } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Tables } from '../storage/tables.ts'
import { addDays } from '../clock.ts'
import type { LetterInput } from './form.ts'
import type { AudiencePart, Letter } from './letter.ts'

export type Group = Tables['groups']

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
function onePerPupil<T extends { letter_id: string; pupil_id: string }>(slips: readonly T[]): T[] {
  const seen = new Set<string>()
  return slips.filter(({ letter_id, pupil_id }) => {
    const key = `${letter_id} ${pupil_id}`
    return !seen.has(key) && seen.add(key)
  })
}

const freshDays = 14
const mostShown = 60

/** What needs an answer from this viewer, the earliest deadline first. */
export async function listDue(viewer: Viewer): Promise<Slip[]> {
  if (viewer.places.length === 0) return []
  const rows = await visibleTo(viewer, 'slips')
    .where('respond_by', '>=', viewer.today)
    .whereNull('withdrawn_at')
    .whereNot('answer', 'none')
    .whereNull('value')
    .orderBy('respond_by')
    .limit(mostShown)
  return onePerPupil(rows)
}

/** Letters of the last two weeks that ask for nothing, or were answered. */
export async function listFresh(viewer: Viewer): Promise<Slip[]> {
  if (viewer.places.length === 0) return []
  const rows = await visibleTo(viewer, 'slips')
    .where('published_at', '>=', addDays(viewer.today, -freshDays))
    .whereNull('withdrawn_at')
    .where('opened', 0)
    .where(settled => settled.where('answer', 'none').orWhereNotNull('value'))
    .orderBy('published_at', 'desc')
    .limit(mostShown)
  return onePerPupil(rows)
}

/** Letters that go to the viewer as staff, of the last two weeks. */
export async function listForStaff(viewer: Viewer): Promise<Letter[]> {
  const rows = await visibleTo(viewer, 'letters')
    .where('published_at', '>=', addDays(viewer.today, -freshDays))
    .whereNull('withdrawn_at')
    .whereNot('author_id', viewer.id)
    .orderBy('published_at', 'desc')
    .limit(20)
  return rows.map(letterFrom)
}

export const pageSize = 20

/** A page of letters that reached the viewer, the newest first, and whether there are more. */
export async function listReceived(viewer: Viewer, page: number): Promise<{ letters: Letter[]; more: boolean }> {
  return paged(visibleTo(viewer, 'letters').whereNotNull('published_at').whereNot('author_id', viewer.id).orderBy('published_at', 'desc'), page)
}

/** A page of what the viewer wrote, drafts included. */
export async function listWritten(viewer: Viewer, page: number): Promise<{ letters: Letter[]; more: boolean }> {
  return paged(visibleTo(viewer, 'letters').where('author_id', viewer.id).orderBy('changed_at', 'desc'), page)
}

async function paged(query: ReturnType<typeof visibleTo<'letters'>>, page: number): Promise<{ letters: Letter[]; more: boolean }> {
  const rows = await query.limit(pageSize + 1).offset((page - 1) * pageSize)
  return { letters: rows.slice(0, pageSize).map(letterFrom), more: rows.length > pageSize }
}

/** The slips of several letters at once, for a list. */
export async function listSlipsOf(viewer: Viewer, letters: readonly string[]): Promise<Slip[]> {
  if (viewer.places.length === 0 || letters.length === 0) return []
  return onePerPupil(await visibleTo(viewer, 'slips').whereIn('letter_id', letters))
}

/** Everybody a letter is meant for, by name, each once; empty for who does not run it. */
export async function listAddressees(viewer: Viewer, letter: string): Promise<Addressee[]> {
  const rows = (await visibleTo(viewer, 'addressees').where({ letter_id: letter })) as Addressee[]
  const order = new Intl.Collator('de', { numeric: true })
  return onePerPupil<Addressee>(rows).sort(
    (a, b) =>
      order.compare(a.group_name, b.group_name) ||
      order.compare(a.family_name, b.family_name) ||
      order.compare(a.given_name, b.given_name),
  )
}

/** Open letters that the viewer runs, with how many answers are missing. */
export async function listOpenReturns(viewer: Viewer): Promise<{ id: string; title: string; respond_by: string; missing: number; total: number }[]> {
  const open = await visibleTo(viewer, 'letters')
    .where('respond_by', '>=', viewer.today)
    .whereNotNull('published_at')
    .whereNull('withdrawn_at')
    .whereNot('answer', 'none')
    .where(run => run.where('author_id', viewer.id).orWhereRaw("EXISTS (SELECT 1 FROM json_each(audience) WHERE value ->> 'group' IN (SELECT value FROM json_each(?)))", [JSON.stringify(viewer.leads)]))
    .orderBy('respond_by')
    .limit(20)
  const counts = new Map<string, { total: number; missing: number }>()
  const rows = await visibleTo(viewer, 'addressees')
    .select('letter_id', 'pupil_id', 'value')
    .whereIn('letter_id', open.map(letter => letter.id))
  for (const { letter_id, value } of onePerPupil(rows)) {
    const count = counts.get(letter_id) ?? { total: 0, missing: 0 }
    counts.set(letter_id, { total: count.total + 1, missing: count.missing + (value === null ? 1 : 0) })
  }
  return open.map(({ id, title, respond_by }) => ({
    id,
    title,
    respond_by: respond_by ?? '',
    ...(counts.get(id) ?? { total: 0, missing: 0 }),
  }))
}

export async function listDrafts(viewer: Viewer): Promise<{ id: string; title: string; changed_at: string }[]> {
  return visibleTo(viewer, 'letters')
    .select('id', 'title', 'changed_at')
    .where('author_id', viewer.id)
    .whereNull('published_at')
    .orderBy('changed_at', 'desc')
    .limit(20)
}

/** Groups that the viewer may write to: those they work in or lead; for office and head every one. */
export async function listWritableGroups(viewer: Viewer): Promise<Group[]> {
  const own = [...new Set([...viewer.works, ...viewer.leads])]
  const groups: Group[] = await viewer
    .read('groups')
    .where(alive => alive.whereNull('ended_on').orWhere('ended_on', '>=', viewer.today))
    .modify(query => {
      if (!viewer.holds('office', 'head')) query.whereIn('id', own)
    })
  const order = new Intl.Collator('de', { numeric: true })
  return groups.sort((a, b) => order.compare(a.name, b.name))
}

/** Writes a new draft. */
export async function draftLetter(change: Change, input: LetterInput): Promise<string> {
  const id = newId()
  const audience_id = newId()
  await change.write('audiences').insert({ id: audience_id })
  await writeAudience(change, audience_id, input)
  await change.write('letters').insert({ id, author_id: change.id, audience_id, ...columns(input), changed_at: change.at })
  return id
}

/** Changes a draft. A published letter refuses by itself. */
export async function editDraft(change: Change, letter: Letter, input: LetterInput): Promise<void> {
  await change.write('audience_parts').where({ audience_id: letter.audience_id }).delete()
  await writeAudience(change, letter.audience_id, input)
  await change.write('letters').where({ id: letter.id }).update({ ...columns(input), changed_at: change.at })
}

function columns({ title, text, answer, question, choices, respond_by }: LetterInput) {
  return { title, text, answer, question, choices: JSON.stringify(choices), respond_by }
}

async function writeAudience(change: Change, audience_id: string, { audience }: LetterInput): Promise<void> {
  const parts = new Map(audience.map(({ group, part }) => [`${group} ${part}`, { audience_id, group_id: group, part }]))
  await change.write('audience_parts').insert([...parts.values()])
}

export async function deleteDraft(change: Change, letter: Letter): Promise<void> {
  await change.write('letters').where({ id: letter.id }).delete()
  await change.write('audiences').where({ id: letter.audience_id }).delete()
}

/** Publishes a draft under the next number of its year, `EB-2026-0147`. From then on its text stands. */
export async function publishLetter(change: Change, letter: Letter): Promise<void> {
  const year = change.today.slice(0, 4)
  const last = await change.write('letters').whereBetween('number', [`EB-${year}-`, `EB-${year}-~`]).max({ number: 'number' }).first()
  const next = Number((last?.number as string | null)?.slice('EB-2026-'.length) ?? 0) + 1
  await change
    .write('letters')
    .where({ id: letter.id })
    .update({ number: `EB-${year}-${String(next).padStart(4, '0')}`, published_at: change.at, changed_at: change.at })
}

/**
 * Withdraws a letter: it leaves every list, but stays readable for those who answered it.
 *
 * An answer is evidence of what somebody agreed to, so the text it refers to must not vanish with it.
 */
export async function withdrawLetter(change: Change, letter: Letter): Promise<void> {
  await change.write('letters').where({ id: letter.id }).update({ withdrawn_at: change.at })
}

/** Writes the answer for a child; an earlier one is kept as former. */
export async function replyToLetter(change: Change, letter: Letter, pupil: string, value: string, paper: boolean): Promise<void> {
  const key = { letter_id: letter.id, pupil_id: pupil }
  const former = await change.write('replies').where(key).first()
  if (former) {
    await change.write('former_replies').insert(former).onConflict(['letter_id', 'pupil_id', 'replied_at']).ignore()
    await change.write('replies').where(key).delete()
  }
  await change.write('replies').insert({ ...key, value, account_id: change.id, paper: paper ? 1 : 0, replied_at: change.at })
}

/** Notes that the viewer opened a letter for these pupils: the day, never the time. */
export async function noteOpened(change: Change, letter: string, pupils: readonly string[]): Promise<void> {
  await change
    .write('receipts')
    .insert(pupils.map(pupil_id => ({ letter_id: letter, pupil_id, account_id: change.id, read_on: change.today })))
    .onConflict(['letter_id', 'pupil_id', 'account_id'])
    .ignore()
}
