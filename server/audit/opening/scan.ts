import { insideOf, type OpenReview } from './review.ts'
import { type Scanned, search } from './search.ts'

export type { Scanned, ScannedRecord } from './search.ts'

/**
 * Looks through the log at `path` for what the two auditors' request asks for, and for nothing else. It ends early,
 * with an error, when the review is wiped meanwhile.
 */
export async function scan(
  review: OpenReview,
  path: string,
  onProgress?: (done: number, of: number) => void,
): Promise<Scanned> {
  return search({ ...insideOf(review).question, path }, onProgress)
}
