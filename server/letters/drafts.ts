import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Change } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Tables } from '../storage/tables.ts'
import type { LetterInput } from './form.ts'
import type { Letter } from './letter.ts'

export type Group = Tables['groups']

export async function listDrafts(viewer: Viewer): Promise<{ id: string; title: string; changed_at: string }[]> {
  return visibleTo(viewer, 'letters')
    .select('id', 'title', 'changed_at')
    .where('author_id', viewer.id)
    .whereNull('published_at')
    .orderBy('changed_at', 'desc')
    .limit(20)
}

/** Whether there is a group that the viewer may write to. */
export function mayWrite(viewer: Viewer): boolean {
  return viewer.holds('office', 'head') || viewer.works.length + viewer.leads.length > 0
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

/** Whether the viewer may still write to every group of a letter's audience. */
export async function mayAddress(viewer: Viewer, { audience }: Letter): Promise<boolean> {
  const writable = new Set((await listWritableGroups(viewer)).map(group => group.id))
  return audience.every(({ group }) => writable.has(group))
}

/** Writes a new draft. */
export async function draftLetter(change: Change, input: LetterInput): Promise<string> {
  const id = newId()
  const audience_id = newId()
  await change.write('audiences').insert({ id: audience_id })
  await writeAudience(change, audience_id, input)
  await change
    .write('letters')
    .insert({ id, author_id: change.id, audience_id, ...columns(input), changed_at: change.at })
  return id
}

/** Changes a draft. A published letter refuses by itself. */
export async function editDraft(change: Change, letter: Letter, input: LetterInput): Promise<void> {
  await change.write('audience_parts').where({ audience_id: letter.audience_id }).delete()
  await writeAudience(change, letter.audience_id, input)
  await change
    .write('letters')
    .where({ id: letter.id })
    .update({ ...columns(input), changed_at: change.at })
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
  const last = await change
    .write('letters')
    .whereBetween('number', [`EB-${year}-`, `EB-${year}-~`])
    .max({ number: 'number' })
    .first()
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
