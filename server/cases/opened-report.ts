import { instanceOf } from '../audit/opening/reading.ts'
import { openReport, type Report } from '../audit/opening/report.ts'
import { zero } from '../audit/sealing/auditor-key.ts'
import type { House } from '../house.ts'
import { type NotOpened, openAuditorKey } from '../people/auditors.ts'
import type { FormError } from '../web/form.ts'
import type { OwnCase } from './pair.ts'

const nameOf = (own: OwnCase): string => `report ${own.one.id}`

/** The report that this session has opened, for a quarter of an hour and only as long as it exists. */
export function findOpenReport(house: House, session: string, own: OwnCase): Report | undefined {
  if (own.one.report !== 'there') return undefined
  return house.openReports.find(session, nameOf(own))
}

/** Opens the report with the reader's own passphrase; the ledger says so before anything is shown. */
export async function readReport(
  house: House,
  session: string,
  own: OwnCase,
  passphrase: string,
): Promise<FormError | null> {
  const opened = await openAuditorKey(house, own.auditor, passphrase)
  if (opened.kind !== 'open') return passphraseError(opened)
  let report: Report
  try {
    const { reading } = house.audit
    report = await openReport(reading, await instanceOf(reading), own.one.id, opened.holder)
  } finally {
    zero(opened.holder.pair.privateKey)
  }
  await house.audit.step({ step: 'view', case: own.one.id, auditor: own.auditor.id })
  house.openReports.keep(session, report, nameOf(own))
  return null
}

export function passphraseError(refused: NotOpened): FormError {
  const field = 'passphrase'
  if (refused.kind === 'empty') return { field, key: 'cases.passphrase.missing' }
  if (refused.kind === 'wrong') return { field, key: 'cases.passphrase.wrong' }
  return { field, key: 'cases.passphrase.wait', values: { minutes: Math.ceil(refused.seconds / 60) } }
}
