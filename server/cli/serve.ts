import { readConfig } from '../config.ts'
import { type Portal, startPortal } from '../main.ts'
import type { Verb } from './verb.ts'

export const serve: Verb = {
  usage: 'serve                       startet das Portal',
  async run(_args, settings) {
    await untilStopped(await startPortal(readConfig(settings)))
    return 0
  },
}

/** Serves until SIGTERM or SIGINT, then ends cleanly; a second signal does not wait. */
export async function untilStopped(portal: Portal): Promise<void> {
  await new Promise<void>(resolve => {
    let asked = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve()
      })
    }
  })
  await portal.stop()
}
