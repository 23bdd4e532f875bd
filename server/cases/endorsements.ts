import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { Change } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'

/** What the head said when a case beyond the limit was to go on. */
export async function findEndorsement(
  viewer: Viewer,
  id: number,
): Promise<Pick<Tables['endorsements'], 'words' | 'endorsed_at'> | undefined> {
  const [row] = await visibleTo(viewer, 'endorsements').select('words', 'endorsed_at').where({ case_id: id })
  return row
}

export async function keepEndorsement(change: Change, id: number, words: string): Promise<void> {
  await change
    .write('endorsements')
    .insert({ case_id: id, account_id: change.id, words, endorsed_at: change.at })
    .onConflict('case_id')
    .merge()
}
