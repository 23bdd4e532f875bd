import type { CaseRequest } from '../audit/opening/papers.ts'
import type { Viewer } from '../people/viewer.ts'

/** Why somebody may have no part in a case: what ties them to whom or what it is about. */
export type Tie = 'self' | 'child' | 'household' | 'author'

/**
 * What ties this viewer to the people or the thing that a request is about; nothing where they may have a part in it.
 * Asked of everybody who acts in a case, each time they act: ties change.
 */
export async function checkOwnTies(_viewer: Viewer, _request: CaseRequest): Promise<Tie[]> {
  throw new Error('not built yet')
}
