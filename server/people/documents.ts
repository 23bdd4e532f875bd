import type { House } from '../house.ts'
import type { Change, SystemChange } from '../storage/change.ts'
import type { DocumentKind, Tables } from '../storage/tables.ts'

export interface Document {
  readonly kind: DocumentKind
  readonly version: number
  readonly text: string
  readonly since: string
}

/** The version of a text that is in force on a day. */
export async function documentInForce(house: House, kind: DocumentKind): Promise<Document | undefined> {
  const row = await house.database
    .reader<Tables['documents']>('documents')
    .where({ kind })
    .where('in_force_from', '<=', house.clock.today())
    .orderBy('version', 'desc')
    .first()
  return row && { kind, version: row.version, text: row.text, since: row.in_force_from }
}

/** Records that somebody accepted these versions now; a second time changes nothing. */
export async function acceptDocuments(
  change: Change | SystemChange,
  account: string,
  documents: readonly Document[],
): Promise<void> {
  if (documents.length === 0) return
  await change
    .write('acceptances')
    .insert(documents.map(({ kind, version }) => ({ account_id: account, kind, version, accepted_at: change.at })))
    .onConflict(['account_id', 'kind', 'version'])
    .ignore()
}

/** Whether both texts exist that a guardian accepts. */
export async function hasTerms(house: House): Promise<boolean> {
  return Boolean((await documentInForce(house, 'terms')) && (await documentInForce(house, 'privacy')))
}
