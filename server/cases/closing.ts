import { type Case, findCase } from '../audit/cases.ts'
import { CaseRefused } from '../audit/formats/refusal.ts'
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
import { concernedBy } from './concerned.ts'
import { settleNotices } from './deliveries.ts'
import { completeNotices, draftNotices, listSentNotices, recipientOf } from './notices.ts'
import { passphraseError } from './opened-report.ts'
import type { OwnCase } from './pair.ts'
import { inTurn, listReaders } from './request.ts'

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
 * Closes a case: the result in words, sealed to the auditors, and a word to everybody whom it concerned. Who that is was
 * stored when it was opened, and is told once the ledger says that it is closed: whatever breaks off in between, no one
 * is told of a case that was not closed, and no one is left out of one that was.
 */
export function closeCase(
  house: House,
  inChange: <T>(work: (change: Change) => Promise<T>) => Promise<T>,
  own: OwnCase,
  request: CaseRequest,
  closing: Closing,
): Promise<void> {
  const settle = () => inChange(change => settleNotices(house, change, own.one.id))
  // What one closes is not said by another who was too late.
  return inTurn(async () => {
    await settle()
    await house.audit.step(await inChange(change => sealResult(house, change, own, request, closing)))
    await settle()
  })
}

async function sealResult(
  house: House,
  change: Change,
  own: OwnCase,
  request: CaseRequest,
  closing: Closing,
): Promise<CaseStep> {
  const { one, auditor } = own
  const { result, words, deferral } = closing
  if ((await findCase(house.audit, one.id))?.state !== 'executed') throw new CaseRefused('state')
  const notices = await listSentNotices(change, one.id)
  const people = notices.map(notice => recipientOf(house, notice))
  if (people.length === 0) {
    // Somebody has taken them away since: then it is told to whom it concerns today.
    people.push(...(await concernedBy(change, request)))
    await draftNotices(house, change, one, own, request, people, null)
  }
  await completeNotices(house, change, one.id, closing)
  const content: CaseResult = {
    ...{ result, words, deferral },
    people: people.map(({ account, name, kind }) => ({ id: account ?? '', name, kind })),
  }
  const recipients = await listReaders(house, change, request)
  const { hash, papers } = await sealPaper(await instanceOf(house.audit.reading), recipients, 'result', content)
  return {
    ...{ step: 'close', case: one.id, auditor: auditor.id, result, paper: hash, papers },
    told: deferral ? 'deferred' : 'told',
    until: deferral ? endOf(deferral.until) : null,
  }
}

/** The last moment of a day that is over everywhere in the country. */
const endOf = (day: string): number => Date.parse(`${addDays(day, 1)}T00:00:00Z`)

/** Whether there is something to close. */
export const mayClose = (one: Case): boolean => one.state === 'executed'
