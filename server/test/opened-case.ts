import type { Case, Category } from '../audit/cases.ts'
import { type CaseRequest, sealPaper } from '../audit/opening/papers.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { auditorPassphrases } from '../demo/auditors.ts'
import type { Browser } from './browser.ts'
import type { School } from './school.ts'

const hour = 3_600_000
const day = 24 * hour

export const passphraseOf = (key: string): string => auditorPassphrases[key] ?? ''

/** A request about what Ada's account did since yesterday, to which a test may give other facts. */
export function requestAbout(school: School, more: Partial<CaseRequest> = {}): CaseRequest {
  const { now } = school.clock
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  return {
    category: 'foreign_account',
    reason: 'Frau Albers meldet, dass jemand mit ihrem Konto Briefe geöffnet hat, während sie bei der Arbeit war.',
    source: 'affected',
    subjects: [{ kind: 'account', id: school.ids.accounts.ada ?? '', name: 'Ada Albers' }],
    object: null,
    from: dayOf(now - day),
    to: dayOf(now),
    fromMs: now - day,
    toMs: now,
    areas: ['letters', 'sign-in'],
    asked: null,
    ...more,
  }
}

async function paperOf(school: School, kind: 'request' | 'review', content: object) {
  const { reading } = school.house.audit
  const recipients = await reading.all<{ id: number; pub: Buffer }>(
    "SELECT id, pub FROM audit_auditor WHERE state = 'active'",
  )
  return sealPaper(await instanceOf(reading), recipients, kind, content)
}

const numberOf = (school: School, key: string): number => school.ids.auditors.find(one => one.key === key)?.id ?? 0

/** A case that one auditor has requested and another has approved, with papers that their passphrases open. */
export async function sealedCase(
  school: School,
  request = requestAbout(school),
  by = 'emil',
  reviewer = 'finja',
): Promise<Case> {
  const { audit } = school.house
  const id = await audit.nextCase()
  const asked = await paperOf(school, 'request', request)
  await audit.step({
    step: 'request',
    case: id,
    category: request.category as Category,
    requester: numberOf(school, by),
    request: asked.hash,
    papers: asked.papers,
    from: Math.floor(request.fromMs / hour),
    to: Math.floor((request.toMs - 1) / hour),
  })
  const review = await paperOf(school, 'review', {
    decision: 'approve',
    words: 'Der Anlass ist nachvollziehbar, der Zeitraum ist kurz genug.',
    ticks: ['necessary', 'milder', 'unbiased'],
  })
  const step = { step: 'approve', case: id, reviewer: numberOf(school, reviewer) } as const
  return audit.step({ ...step, review: review.hash, papers: review.papers })
}

/** Both come to the opening, each with a browser of their own. */
export async function comeTogether(school: School, { id }: Case, keys = ['emil', 'finja']): Promise<Browser[]> {
  const browsers: Browser[] = []
  for (const key of keys) {
    const browser = await school.seated(key)
    await browser.post(`/cases/${id}/opening`)
    browsers.push(browser)
  }
  return browsers
}

/** The whole opening: both come, both open their parts, the report is there. */
export async function openTogether(school: School, one: Case, keys = ['emil', 'finja']): Promise<Browser[]> {
  const browsers = await comeTogether(school, one, keys)
  for (const [index, browser] of browsers.entries())
    await browser.post(`/cases/${one.id}/opening/part`, { passphrase: passphraseOf(keys[index] ?? '') })
  await school.house.ceremonies.find(`case ${one.id}`)?.settled
  return browsers
}
