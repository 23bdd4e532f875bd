import { type Case, findCase } from '../audit/cases.ts'
import { auditorPassphrases } from '../demo/auditors.ts'
import type { Answer, Browser } from './browser.ts'
import type { School } from './school.ts'

type Fields = Readonly<Record<string, string | readonly string[]>>

/** Words that stand in a request and nowhere else. */
export const reason =
  'Eine Familie meldet, dass am Mittwoch jemand ihr Konto benutzt hat. Das Passwort kennt niemand sonst: Zimtschnecke.'

/** A request about Bea's account in the last week, as the form sends it. */
export function requestFields(school: School, changes: Fields = {}): Fields {
  return {
    category: 'foreign_account',
    reason,
    source: 'Von der Mutter selbst, im Sekretariat',
    subject: school.ids.accounts.bea ?? '',
    from: '2026-11-18',
    to: '2026-11-20',
    areas: ['sign-in', 'letters'],
    ...changes,
  }
}

/** Asks for a look-up as somebody would, and returns the case. */
export async function askFor(school: School, browser: Browser, changes: Fields = {}): Promise<Case> {
  const answer = await browser.post('/cases', requestFields(school, changes))
  const id = Number(/^\/cases\/(\d+)\?/.exec(answer.headers.location ?? '')?.[1])
  const found = Number.isNaN(id) ? undefined : await findCase(school.house.audit, id)
  if (!found) throw new Error(`The request was not taken: ${answer.status}`)
  return found
}

export function openReading(browser: Browser, id: number, key: string, more: Fields = {}): Promise<Answer> {
  return browser.post(`/cases/${id}/reading`, { passphrase: auditorPassphrases[key] ?? '', ...more })
}

export const approval: Fields = {
  decision: 'approve',
  ticks: ['necessary', 'milder', 'unbiased'],
  words: 'Die Meldung ist glaubhaft und der Zeitraum ist eng begrenzt.',
}

/** Opens the request as its second person and approves it. */
export async function approve(browser: Browser, id: number, key: string): Promise<Answer> {
  await openReading(browser, id, key)
  return browser.post(`/cases/${id}/review`, approval)
}
