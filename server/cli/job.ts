import { readConfig } from '../config.ts'
import { jobs, runJob } from '../jobs.ts'
import { openHouse } from '../main.ts'
import { CommandRefused, type Verb } from './verb.ts'

export const job: Verb = {
  usage: 'job NAME                    führt eine regelmäßige Aufgabe sofort aus',
  async run([name], settings) {
    const found = jobs.find(one => one.name === name)
    if (!found)
      throw new CommandRefused(`Diese Aufgabe gibt es nicht. Es gibt: ${jobs.map(one => one.name).join(', ')}`)
    const { house, close } = await openHouse(readConfig(settings))
    try {
      const count = await runJob(house, found)
      process.stdout.write(`${found.name}: ${count} erledigt\n`)
    } finally {
      await close()
    }
    return 0
  },
}
