import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Addressee } from '../people/visible.ts'
import type { Change } from '../storage/change.ts'
import type { Letter } from './letter.ts'
import { onePerPupil } from './store.ts'

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
export async function listOpenReturns(
  viewer: Viewer,
): Promise<{ id: string; title: string; respond_by: string; missing: number; total: number }[]> {
  const open = await visibleTo(viewer, 'letters')
    .where('respond_by', '>=', viewer.today)
    .whereNotNull('published_at')
    .whereNull('withdrawn_at')
    .whereNot('answer', 'none')
    .where(run =>
      run
        .where('author_id', viewer.id)
        .orWhereRaw(
          "EXISTS (SELECT 1 FROM json_each(audience) WHERE value ->> 'group' IN (SELECT value FROM json_each(?)))",
          [JSON.stringify(viewer.leads)],
        ),
    )
    .orderBy('respond_by')
    .limit(20)
  const counts = new Map<string, { total: number; missing: number }>()
  const rows = await visibleTo(viewer, 'addressees')
    .select('letter_id', 'pupil_id', 'value')
    .whereIn(
      'letter_id',
      open.map(letter => letter.id),
    )
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

/** Writes the answer for a child; an earlier one is kept as former, the same once more changes nothing. */
export async function replyToLetter(
  change: Change,
  letter: Letter,
  pupil: string,
  value: string,
  paper: boolean,
): Promise<void> {
  const key = { letter_id: letter.id, pupil_id: pupil }
  const former = await change.write('replies').where(key).first()
  if (former?.value === value && former.paper === (paper ? 1 : 0)) return
  if (former) {
    await change.write('former_replies').insert(former).onConflict(['letter_id', 'pupil_id', 'replied_at']).ignore()
    await change.write('replies').where(key).delete()
  }
  await change
    .write('replies')
    .insert({ ...key, value, account_id: change.id, paper: paper ? 1 : 0, replied_at: change.at })
}

/** Notes that the viewer opened a letter for these pupils: the day, never the time. */
export async function noteOpened(change: Change, letter: string, pupils: readonly string[]): Promise<void> {
  await change
    .write('receipts')
    .insert(pupils.map(pupil_id => ({ letter_id: letter, pupil_id, account_id: change.id, read_on: change.today })))
    .onConflict(['letter_id', 'pupil_id', 'account_id'])
    .ignore()
}
