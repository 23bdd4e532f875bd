import { join } from 'node:path'
import { readConfig } from '../config.ts'
import { isNew } from '../main.ts'
import { loadSecrets } from '../secrets.ts'
import { openDatabase } from '../storage/database.ts'
import { lockData } from '../storage/lock.ts'
import { migrate } from '../storage/migrate.ts'
import type { Verb } from './verb.ts'

export const migrateData: Verb = {
  usage: 'migrate                     bringt die Daten auf den Stand dieses Programms',
  async run(_args, settings) {
    const { data } = readConfig(settings)
    const lock = await lockData(data)
    const database = await openDatabase(join(data, 'pforte.db'))
    try {
      // The first time it makes the keys, or reads those of the service; never again.
      if (await isNew(database)) loadSecrets(data, process.env.CREDENTIALS_DIRECTORY, true)
      const ran = await migrate(database)
      process.stdout.write(
        ran.length > 0 ? `Erledigt: ${ran.join(', ')}\n` : 'Die Daten sind auf dem neuesten Stand.\n',
      )
    } finally {
      await database.close()
      await lock.close()
    }
    return 0
  },
}
