import { readConfig } from '../config.ts'
import { type Portal, startPortal } from '../main.ts'
import type { Verb } from './verb.ts'

export const serve: Verb = {
  usage: 'serve                       startet das Portal',
  async run(_args, settings) {
    const asked = stopAsked()
    await untilStopped(await startPortal(readConfig(settings)), asked)
    return 0
  },
}

/** Serves until SIGTERM or SIGINT, then ends cleanly; a second signal does not wait. */
export async function untilStopped(portal: Portal, asked: Promise<void> = stopAsked()): Promise<void> {
  await asked
  await portal.stop()
}

/** Resolves at the first signal. To be called before anybody can know that the portal runs. */
function stopAsked(): Promise<void> {
  return new Promise(resolve => {
    let asked = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve()
      })
    }
  })
}
