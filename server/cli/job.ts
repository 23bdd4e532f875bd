import type { Standing } from '../audit/writing/standing.ts'
import { readConfig } from '../config.ts'
import type { House } from '../house.ts'
import { jobs, runJob } from '../jobs.ts'
import { openHouse } from '../main.ts'
import type { Finding } from './finding.ts'
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
      const { light, text, todo } = result(house, found.name, count)
      process.stdout.write(`${text}\n${todo ? `Was tun? ${todo}\n` : ''}`)
      return light === 'GRÜN' ? 0 : 1
    } finally {
      await close()
    }
  },
}

function result({ audit, config }: House, name: string, count: number): Finding {
  if (name === 'audit-prune') return pruned(audit.standing, count)
  if (name === 'audit-verify') return { light: 'GRÜN', text: `${records(count)} geprüft, unversehrt.` }
  if (name !== 'audit-witness') return { light: 'GRÜN', text: `${name}: ${count} erledigt` }
  if (config.audit.witnessFolder === null)
    return {
      light: 'GELB',
      text: 'Kein Zeugnis abgelegt: Es ist kein Ordner dafür eingestellt.',
      todo: 'In den Einstellungen unter [audit] witness_folder nennen',
    }
  return {
    light: 'GRÜN',
    text: count > 0 ? 'Ein Zeugnis wurde abgelegt.' : 'Das Zeugnis von heute liegt schon im Ordner.',
  }
}

const records = (count: number): string => `${count} ${count === 1 ? 'Aufzeichnung' : 'Aufzeichnungen'}`

function pruned({ doubt, pruneRefused }: Standing, count: number): Finding {
  if (doubt !== 'none')
    return {
      light: 'GELB',
      text: 'Nichts gelöscht: Der Uhr dieses Rechners ist nicht zu trauen.',
      todo: 'Die Uhr stellen (timedatectl) und sie auf der Seite „Protokoll“ bestätigen',
    }
  if (count === 0 && pruneRefused)
    return {
      light: 'GELB',
      text: `Nichts gelöscht: Fällig sind ${records(pruneRefused.due)}, viel mehr als sonst.`,
      todo: 'Das Löschen auf der Seite „Protokoll“ bestätigen',
    }
  return { light: 'GRÜN', text: `${records(count)} gelöscht, deren Zeit vorbei ist.` }
}
