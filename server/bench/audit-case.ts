import { join } from 'node:path'
import { openCases } from '../audit/cases.ts'
import { openForReading } from '../audit/file.ts'
import { hourOf } from '../audit/formats/layout.ts'
import type { AuditLog } from '../audit/log.ts'
import { type CaseRequest, sealPaper } from '../audit/opening/papers.ts'
import type { Holder } from '../audit/opening/period-key.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { makeReport } from '../audit/opening/report.ts'
import { openReview } from '../audit/opening/review.ts'
import { scan } from '../audit/opening/scan.ts'
import { openShares } from '../audit/opening/shares.ts'
import { schoolClock } from '../clock.ts'
import { type LogGround, openLog } from './audit-log.ts'

/** An approved case for which both auditors have come: what the portal's process gets to open it. */
export interface CaseToOpen {
  readonly data: string
  readonly id: number
  readonly auditors: readonly Holder[]
}

export interface LookedUp {
  /** From the shares to the sealed report. */
  readonly seconds: number
  readonly scanned: number
  readonly opened: number
  readonly kept: number
  /** Milliseconds that the sealing of the report took of it. */
  readonly reportTime: number
  readonly reportBytes: number
  readonly intact: boolean
}

/** Has two auditors ask for and approve a look-up of one person since `from`; nothing older than 31 days but for access. */
export async function approveCase(
  { data, auditors, somebody }: LogGround,
  category: 'access' | 'tampering',
  fromMs: number,
): Promise<CaseToOpen> {
  const audit = await openLog(data, schoolClock('UTC'))
  try {
    for (const { id, requester } of await openCases(audit))
      await audit.step({ step: 'cancel', case: id, auditor: requester })
    const id = await approve(audit, auditors, {
      ...{ category, reason: 'Messung', source: 'bench', object: null, asked: 'portal', fromMs, toMs: Date.now() },
      subjects: [{ kind: 'account', id: somebody, name: 'Anna Beispiel' }],
      ...{ from: '', to: '', areas: ['sign-in', 'letters', 'roll'] },
    })
    return { data, id, auditors }
  } finally {
    await audit.close()
  }
}

async function approve(audit: AuditLog, auditors: readonly Holder[], content: CaseRequest): Promise<number> {
  const instance = await instanceOf(audit.reading)
  const recipients = auditors.map(({ auditor, pair }) => ({ id: auditor, pub: pair.publicKey }))
  const sealed = (kind: 'request' | 'review', paper: object) => sealPaper(instance, recipients, kind, paper)
  const [requester, reviewer] = auditors.map(({ auditor }) => auditor) as [number, number]
  const id = await audit.nextCase()
  const { hash: request, papers } = await sealed('request', content)
  const window = { from: hourOf(content.fromMs), to: hourOf(content.toMs - 1) }
  const { category } = content
  const { head } = await audit.step({ step: 'request', case: id, category, requester, request, papers, ...window })
  if (head === 'needed') await audit.step({ step: 'endorse', case: id })
  const review = await sealed('review', { decision: 'approve', words: 'Messung', ticks: [] })
  await audit.step({ step: 'approve', case: id, reviewer, review: review.hash, papers: review.papers })
  for (const auditor of [requester, reviewer]) await audit.step({ step: 'present', case: id, auditor })
  return id
}

/** What the portal does when both have typed their passphrases. */
export async function openCase({ data, id, auditors }: CaseToOpen): Promise<LookedUp> {
  const [first, second] = auditors
  if (!first || !second) throw new Error('There are no two auditors')
  const path = join(data, 'audit.db')
  const file = await openForReading(path)
  const began = performance.now()
  try {
    const instance = await instanceOf(file)
    const [a, b] = [await openShares(file, instance, id, first), await openShares(file, instance, id, second)]
    const review = await openReview(file, id, a, b)
    a.wipe()
    b.wipe()
    const found = await scan(review, path)
    const scanned = performance.now()
    const { report, counts } = await makeReport(file, instance, review, found, {}, Date.now())
    review.wipe()
    const done = performance.now()
    return {
      ...counts,
      seconds: (done - began) / 1000,
      reportTime: done - scanned,
      reportBytes: report.ct.length,
      intact: found.segments.every(({ verdict }) => verdict === 'intact' || verdict === 'open'),
    }
  } finally {
    await file.close()
  }
}
