import type { Test } from 'tap'
import type { Config } from '../config.ts'
import { type Portal, startPortal } from '../main.ts'
import { Browser } from './browser.ts'
import type { School } from './school.ts'
import { signInAs } from './signed-in.ts'

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
      const browser = new Browser(portal.port)
      open.push(browser)
      await signInAs(portal.house, browser, key)
      await browser.get('/account')
      return browser
    },
  }
}
