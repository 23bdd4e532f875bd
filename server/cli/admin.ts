import { readConfig } from '../config.ts'
import { openHouse } from '../main.ts'
import { issueSetupToken } from '../people/setup.ts'
import { systemChange } from '../storage/change.ts'
import { CommandRefused, type Verb } from './verb.ts'

export const admin: Verb = {
  usage: 'admin create                zeigt den einmaligen Code für die erste Administration',
  async run([act, ...rest], settings) {
    if (act !== 'create' || rest.length > 0)
      throw new CommandRefused(`So wird der Befehl benutzt: pforte ${admin.usage}`)
    const config = readConfig(settings)
    const { house, close } = await openHouse(config, { migrate: true })
    try {
      const token = await systemChange(house.database, house.clock, 'command', async change => {
        const issued = await issueSetupToken(change)
        await house.audit.append({
          action: 'command.admin',
          actor: null,
          session: null,
          address: null,
          concerns: [],
          outcome: issued ? 'try' : 'denied',
          details: {},
        })
        return issued
      })
      if (!token) throw new CommandRefused('Es gibt schon eine Administration. Weitere Personen lädt sie selbst ein.')
      process.stdout.write(
        `Starten Sie das Portal und öffnen Sie ${config.origin}/setup\nIhr Code (30 Minuten gültig, nur einmal): ${token}\n`,
      )
    } finally {
      await close()
    }
    return 0
  },
}
