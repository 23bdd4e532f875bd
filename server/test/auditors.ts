import type { Browser } from './browser.ts'
import type { School } from './school.ts'

/** The seven words on a page that shows a passphrase. */
export function wordsOn(page: string): string {
  return [...page.matchAll(/<li><strong>([a-z]+)<\/strong>/g)].map(match => match[1]).join(' ')
}

/** The number of the only open proposal that the page shows. */
export const proposalOn = (page: string): string => /\/auditors\/invitations\/(\d+)\/confirmation/.exec(page)?.[1] ?? ''

/** Proposes somebody, has it agreed to, and lets them take it up; returns their browser and their passphrase. */
export async function makeAuditor(
  school: School,
  key: string,
  by: readonly [string, string],
): Promise<{ browser: Browser; passphrase: string }> {
  const [first, second] = await Promise.all(by.map(one => school.seated(one)))
  if (!first || !second) throw new Error('Two people appoint')
  await first.post('/auditors/invitations', { person: school.ids.accounts[key] ?? '', trained_on: '2026-11-02' })
  const id = proposalOn((await second.get('/auditors')).body)
  await second.post(`/auditors/invitations/${id}/confirmation`)
  const browser = await school.seated(key)
  const passphrase = wordsOn((await browser.post('/auditors/enrolment', { step: 'make' })).body)
  const done = await browser.post('/auditors/enrolment', { step: 'type', passphrase })
  if (done.status !== 303) throw new Error(`${key} could not become an auditor: ${done.status}`)
  await browser.follow(done)
  return { browser, passphrase }
}

/** Suspends an auditor and has a second person decide that it stays so. */
export async function dismissAuditor(
  school: School,
  id: number | undefined,
  [first, second]: readonly [string, string],
): Promise<void> {
  for (const [key, act] of [
    [first, 'suspension'],
    [second, 'revocation'],
  ] as const) {
    const done = await (await school.seated(key)).post(`/auditors/${id}/${act}`, { confirm: 'yes' })
    if (done.status !== 303) throw new Error(`${act} of auditor ${id} by ${key}: ${done.status}`)
  }
}
