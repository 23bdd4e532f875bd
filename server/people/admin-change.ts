import type { Change } from '../storage/change.ts'
import type { Page } from '../web/page.ts'
import type { Viewer } from './viewer.ts'
import { admin } from './who.ts'

/** A change by an admin who is still one inside the transaction: two who end each other do not both succeed. */
export function changeAsAdmin<T>(page: Page<Viewer>, work: (change: Change) => Promise<T>): Promise<T> {
  return page.change(change => (admin.admits(change) ? work(change) : page.throw(403)))
}
