import type { Test } from 'tap'
import type { RecordBody } from '../audit/entry.ts'
import { checkConfig } from '../config.ts'
import type { SmallSchool } from '../demo/seed.ts'
import { openHouse, type Portal, startPortal } from '../main.ts'
import { newSessionId, startSession } from '../people/sessions.ts'
import { sessionCookie } from '../web/session.ts'
import { readTrail } from './audit.ts'
import { Browser } from './browser.ts'
import { quickFolder } from './folder.ts'
import { codeOf, signInAs } from './signed-in.ts'
import { copySchool } from './template.ts'

export type CastKey = string

/** A portal with the small school in it, on a real port with real files, until the test ends. */
export interface School {
  readonly portal: Portal
  readonly house: Portal['house']
  readonly ids: SmallSchool
  /** A browser that nobody is signed in to. */
  visitor(): Browser
  /** A browser in which somebody of the cast is signed in, by the form and the password. */
  as(key: CastKey): Promise<Browser>
  /** The same without the form: the session is made as a sign-in makes it, which spares the slow hash. */
  seated(key: CastKey): Promise<Browser>
  /** The code that somebody's app shows now. Asked for again in the same half minute it works again, as if time had passed. */
  code(key: CastKey): Promise<string>
  /** Moves the clock; it stands still otherwise only when `now` was given. */
  readonly clock: { now: number }
  /** What the portal wrote to its log. */
  readonly log: string[]
  /** All records of the audit log, oldest first, opened with the keys of two auditors. */
  audit(): Promise<RecordBody[]>
}

/** Monday, 23 November 2026, 9:00 in Berlin. */
export const monday = Date.parse('2026-11-23T08:00:00Z')

// Below the ports that the system gives away, and far from those of a test in the next process.
let ports = 20_000 + ((process.pid * 61) % 12_000)

export async function startSchool(
  t: Test,
  seed?: (house: Portal['house'], ids: SmallSchool) => Promise<void>,
): Promise<School> {
  const data = quickFolder(t)
  const clock = { now: monday }
  const log: string[] = []
  const options = { now: () => clock.now, logTo: { write: (line: string) => void log.push(line) } }
  ports += 1
  const config = checkConfig({
    data,
    origin: `https://localhost:${ports}`,
    hosts: [`127.0.0.1:${ports}`],
    networks: ['127.0.0.0/8', '::1/128'],
    listen: { address: '127.0.0.1', port: ports },
    log_level: 'debug',
  })
  const ids = await copySchool(config, options)
  if (seed) {
    const { house, close } = await openHouse(config, options)
    await seed(house, ids)
    await close()
  }
  const portal = await startPortal(config, options)
  const open: Browser[] = []
  t.teardown(async () => {
    for (const browser of open) browser.close()
    await portal.stop()
  })
  /** A second factor as just proved, for those who have one. */
  const provedOf = async (account: string) => {
    const row = await portal.house.database.reader('factors').where({ account_id: account }).first('id')
    return { factor: (row?.id as string | undefined) ?? null, proved_at: row ? clock.now : null }
  }
  const visitor = () => {
    const browser = new Browser(portal.port)
    open.push(browser)
    return browser
  }
  return {
    portal,
    house: portal.house,
    ids,
    clock,
    log,
    visitor,
    code: key => codeOf(portal.house, key),
    async as(key) {
      const browser = visitor()
      await signInAs(portal.house, browser, key)
      return browser
    },
    async seated(key) {
      const id = newSessionId()
      const account = ids.accounts[key] ?? ''
      const row = await portal.house.database.reader('accounts').where({ id: account }).first('session_epoch')
      const data = {
        account,
        epoch: row.session_epoch as number,
        staff: false,
        csrf: newSessionId(),
        ...(await provedOf(account)),
      }
      await startSession(portal.house, id, data, { agent: 'Firefox 140 Linux', network: '127.0.0.1' })
      const browser = visitor()
      browser.cookies.set(sessionCookie, id)
      browser.csrf = data.csrf
      return browser
    },
    audit: () => readTrail(data, ids.auditors),
  }
}
