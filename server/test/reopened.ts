import type { Test } from 'tap'
import type { Config } from '../config.ts'
import { cast, castPassword } from '../demo/cast.ts'
import { loginOf } from '../demo/seed.ts'
import { type Portal, startPortal } from '../main.ts'
import { Browser } from './browser.ts'
import type { School } from './school.ts'

export interface Reopened {
  readonly portal: Portal
  readonly house: Portal['house']
  /** A browser in which somebody of the cast is signed in, by the form. */
  as(key: string): Promise<Browser>
}

/**
 * Ends a school's portal, lets something happen to its files, and starts it again on the same data, perhaps with other
 * settings. What the test held of the portal before must not be used any more.
 */
export async function reopen(
  t: Pick<Test, 'teardown'>,
  school: School,
  last: Portal,
  between: { happens?(data: string): void; settings?: Partial<Config> } = {},
): Promise<Reopened> {
  await last.stop()
  between.happens?.(last.house.config.data)
  const config = { ...last.house.config, ...between.settings }
  const logTo = { write: (line: string) => void school.log.push(line) }
  const portal = await startPortal(config, { now: () => school.clock.now, logTo })
  const open: Browser[] = []
  t.teardown(async () => {
    for (const browser of open) browser.close()
    await portal.stop()
  })
  return {
    portal,
    house: portal.house,
    async as(key) {
      const person = cast.find(one => one.key === key)
      const browser = new Browser(portal.port)
      open.push(browser)
      await browser.get('/sign-in')
      const login = person ? loginOf(person) : ''
      const answer = await browser.post('/sign-in', { login, password: castPassword })
      if (answer.status !== 303) throw new Error(`${key} could not sign in: ${answer.status}`)
      await browser.get('/account')
      return browser
    },
  }
}
