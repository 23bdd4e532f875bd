import type { Case } from '../audit/cases.ts'
import type { CaseStep } from '../audit/log.ts'
import { type CaseRequest, type CaseResult, openPaper, sealPaper } from '../audit/opening/papers.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { zero } from '../audit/sealing/auditor-key.ts'
import { addDays } from '../clock.ts'
import type { House } from '../house.ts'
import { openAuditorKey } from '../people/auditors.ts'
import type { Change } from '../storage/change.ts'
import type { FormError } from '../web/form.ts'
import type { Closing } from './closing-form.ts'
import { settleClosings } from './deliveries.ts'
import { concernedBy, draftNotices } from './notices.ts'
import { passphraseError } from './opened-report.ts'
import type { OwnCase } from './pair.ts'
import { refusalOf } from './refusals.ts'
import { listReaders } from './request.ts'

/** The frozen request, with which the closing auditor shows who they are and whom the case concerned. */
export async function readRequest(
  house: House,
  own: OwnCase,
  passphrase: string,
): Promise<{ request: CaseRequest } | { error: FormError }> {
  const opened = await openAuditorKey(house, own.auditor, passphrase)
  if (opened.kind !== 'open') return { error: passphraseError(opened) }
  try {
    const { reading } = house.audit
    const request = await openPaper<CaseRequest>(
      reading,
      await instanceOf(reading),
      own.one.id,
      'request',
      opened.holder,
    )
    return { request }
  } finally {
    zero(opened.holder.pair.privateKey)
  }
}

/**
 * Closes a case: the result in words, sealed to the auditors, and a notice for everybody it concerned. The notices are
 * stored first and are nobody's until the ledger says that the case is closed: whatever breaks off in between, no one
 * is told of a case that was not closed, and no one is left out of one that was.
 */
export async function closeCase(
  house: House,
  inChange: <T>(work: (change: Change) => Promise<T>) => Promise<T>,
  own: OwnCase,
  request: CaseRequest,
  closing: Closing,
): Promise<void> {
  const step = await inChange(change => draftClosing(house, change, own, request, closing))
  try {
    await house.audit.step(step)
  } catch (error) {
    refusalOf(error)
    await settleClosings(house, inChange)
    throw error
  }
  await settleClosings(house, inChange)
}

async function draftClosing(
  house: House,
  change: Change,
  own: OwnCase,
  request: CaseRequest,
  closing: Closing,
): Promise<CaseStep> {
  const { audit } = house
  const people = await concernedBy(change, request)
  const { deferral } = closing
  const content: CaseResult = {
    result: closing.result,
    words: closing.words,
    people: people.map(({ subject, name, kind }) => ({ id: subject, name, kind })),
    deferral,
  }
  const recipients = await listReaders(house, change, request)
  const { hash, papers } = await sealPaper(await instanceOf(audit.reading), recipients, 'result', content)
  await draftNotices(house, change, own, request, people, closing, hash)
  const told = people.length === 0 ? 'none' : deferral ? 'deferred' : 'told'
  return {
    step: 'close',
    case: own.one.id,
    auditor: own.auditor.id,
    result: closing.result,
    paper: hash,
    papers,
    told,
    until: told === 'deferred' && deferral ? endOf(deferral.until) : null,
  }
}

/** The last moment of a day that is over everywhere in the country. */
const endOf = (day: string): number => Date.parse(`${addDays(day, 1)}T00:00:00Z`)

/** Whether there is something to close. */
export const mayClose = (one: Case): boolean => one.state === 'executed'
