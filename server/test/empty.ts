import type { Test } from 'tap'
import { checkConfig } from '../config.ts'
import { type Portal, startPortal } from '../main.ts'
import { ensureSelfSigned } from '../self-signed.ts'
import { Browser } from './browser.ts'
import { folderFor } from './folder.ts'
import { monday } from './school.ts'

/** A portal on its first day: nobody is in it yet. */
export interface Empty {
  portal: Portal
  readonly clock: { now: number }
  readonly log: string[]
  visitor(address?: string): Browser
  /** Stops it and starts it again on the same data. */
  restart(): Promise<void>
}

// Below the ports that the system gives away, and far from those of a test in the next process.
let ports = 10_000 + ((process.pid * 61) % 9_900)

/** Settings for a portal in this test's folder, on a port of its own; `more` overrides them. */
export async function settingsFor(t: Test, more: Readonly<Record<string, unknown>> = {}) {
  const data = folderFor(t)
  await ensureSelfSigned(data, ['localhost', '127.0.0.1'])
  ports += 1
  return {
    data,
    origin: `https://localhost:${ports}`,
    networks: ['127.0.0.0/8'],
    listen: { address: '127.0.0.1', port: ports },
    log_level: 'debug',
    ...more,
  }
}

export async function startEmpty(t: Test, more: Readonly<Record<string, unknown>> = {}): Promise<Empty> {
  const config = checkConfig(await settingsFor(t, more))
  const clock = { now: monday }
  const log: string[] = []
  const options = { now: () => clock.now, logTo: { write: (line: string) => void log.push(line) }, migrate: true }
  const open: Browser[] = []
  const empty: Empty = {
    portal: await startPortal(config, options),
    clock,
    log,
    visitor(address) {
      const browser = new Browser(config.listen.port, address)
      open.push(browser)
      return browser
    },
    async restart() {
      await empty.portal.stop()
      empty.portal = await startPortal(config, options)
    },
  }
  t.teardown(async () => {
    for (const browser of open) browser.close()
    await empty.portal.stop()
  })
  return empty
}
