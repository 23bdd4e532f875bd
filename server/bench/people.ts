import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import { castPassword, oneTimeSecrets } from '../demo/cast.ts'
import { codeAt, secretFrom } from '../people/one-time.ts'
import { Browser } from '../test/browser.ts'
import { withFile } from './data.ts'

/** Somebody who signs in, and a letter that is theirs to read or to run. */
export interface Visitor {
  readonly login: string
  readonly letter: string
}
export interface Visitors {
  readonly guardians: readonly Visitor[]
  /** Each with a letter to one class. */
  readonly teachers: readonly Visitor[]
  /** Who wrote the newest letter to all forty classes. */
  readonly head: Visitor
}

const guardianCount = 64
const teacherCount = 4

/** Guardians of classes that have had three years of letters, each with the newest letter that reaches them. */
const guardianSql = `
SELECT a.login, (
  SELECT l.id FROM letters l JOIN audience_parts p ON p.audience_id = l.audience_id AND p.part = 'guardians'
  JOIN group_pupils m ON m.group_id = p.group_id JOIN guardianships s ON s.pupil_id = m.pupil_id JOIN guardians g ON g.id = s.guardian_id
  WHERE g.account_id = a.id AND s.may_read = 1 AND l.withdrawn_at IS NULL AND l.answer <> 'none' AND l.published_at IS NOT NULL
  ORDER BY l.published_at DESC, l.id LIMIT 1) AS letter
FROM accounts a WHERE a.id IN (
  SELECT g.account_id FROM guardians g JOIN guardianships s ON s.guardian_id = g.id JOIN group_pupils m ON m.pupil_id = s.pupil_id
  JOIN groups t ON t.id = m.group_id
  WHERE s.may_read = 1 AND s.until_on IS NULL AND t.kind = 'class' AND (t.name GLOB '[89]?' OR t.name GLOB '10?'))
ORDER BY a.id LIMIT ${guardianCount}`

const authorSql = `
SELECT a.login, l.id AS letter, count(*) AS classes FROM letters l JOIN accounts a ON a.id = l.author_id
  JOIN audience_parts p ON p.audience_id = l.audience_id JOIN groups t ON t.id = p.group_id AND t.kind = 'class'
WHERE l.answer <> 'none' AND l.published_at IS NOT NULL AND l.withdrawn_at IS NULL
GROUP BY l.id ORDER BY l.published_at DESC, l.id`

export function findVisitors(data: string): Promise<Visitors> {
  return withFile(join(data, 'pforte.db'), sqlite3.OPEN_READONLY, async ask => {
    const guardians = await ask<Visitor>(guardianSql)
    const authors = await ask<Visitor & { classes: number }>(authorSql)
    const ofOneClass = authors.filter(author => author.classes === 1)
    const teachers = ofOneClass.filter(
      ({ login }, index, all) => all.findIndex(other => other.login === login) === index,
    )
    const head = authors.find(author => author.classes === 40 && secretOf(author.login))
    if (guardians.length < guardianCount || teachers.length < teacherCount || !head)
      throw new Error('The large demo lacks people or letters')
    return { guardians, teachers: teachers.slice(0, teacherCount), head }
  })
}

const atOnce = 4

function secretOf(login: string): string | undefined {
  return oneTimeSecrets[login.split('@')[0] ?? '']
}

/** The second step. Whoever signed in to another portal on the same data just now has codes before and after left. */
async function prove(browser: Browser, login: string): Promise<{ status: number }> {
  await browser.get('/sign-in/factor')
  const secret = secretFrom(secretOf(login) ?? '')
  let answer = { status: 0 }
  for (const shift of [-30_000, 0, 30_000]) {
    answer = await browser.post('/sign-in/factor', { proof: codeAt(secret, Date.now() + shift) })
    if (answer.status === 303) break
  }
  return answer
}

/** Signs in for real, a few at once. Returns the cookies by login, and how many sign-ins a second that made. */
export async function signInAll(
  port: number,
  logins: readonly string[],
): Promise<{ cookies: Map<string, string>; perSecond: number }> {
  const cookies = new Map<string, string>()
  const browsers = await Promise.all(
    logins.map(async login => {
      const browser = new Browser(port)
      await browser.get('/sign-in')
      return { login, browser }
    }),
  )
  const began = performance.now()
  const waiting = [...browsers]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { login, browser } = next
        const first = await browser.post('/sign-in', { login, password: castPassword })
        const { status } = first.headers.location === '/sign-in/factor' ? await prove(browser, login) : first
        const session = browser.cookies.get('__Host-pforte')
        if (status !== 303 || !session) throw new Error(`${login} cannot sign in: ${status}`)
        cookies.set(login, `__Host-pforte=${session}`)
      }
    }),
  )
  const perSecond = (logins.length * 1000) / (performance.now() - began)
  for (const { browser } of browsers) browser.close()
  return { cookies, perSecond }
}
