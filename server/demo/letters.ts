import { addDays, instant } from '../clock.ts'
import type { House } from '../house.ts'
import { type SystemChange, systemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { AnswerKind, Part } from '../storage/tables.ts'
import type { SmallSchool } from './seed.ts'

interface Sketch {
  readonly author: string
  readonly to: readonly (readonly [string, Part])[]
  readonly title: string
  readonly text: string
  readonly answer: AnswerKind
  readonly question?: string
  readonly choices?: readonly string[]
  /** Days from today; null for a draft. */
  readonly published: number | null
  readonly due?: number
  readonly replies?: readonly (readonly [string, string, string])[]
}

const letters: readonly Sketch[] = [
  {
    author: 'paula',
    to: [
      ['5b', 'guardians'],
      ['8c', 'guardians'],
    ],
    title: 'Wintersporttag: Eislaufen am 10. Dezember',
    text: 'Liebe Eltern,\n\nam 10. Dezember gehen die Klassen 5b und 8c zum Eislaufen. Wir treffen uns um **8:15 Uhr** an der Schule und gehen zusammen zur Eissporthalle. Um 12:45 Uhr sind wir zurück.\n\nIhr Kind muss nicht eislaufen können. Wir üben zuerst in kleinen Gruppen. Bitte geben Sie mit:\n\n- Handschuhe und warme Kleidung\n- etwas zu trinken\n\nIst das Geld knapp? Sprechen Sie uns an. Der Förderverein hilft, und niemand sonst erfährt davon.\n\nHerzliche Grüße\nPaula Petersen',
    answer: 'choice',
    question: 'Welche Schlittschuhe braucht Ihr Kind?',
    choices: ['Eigene Schlittschuhe', 'Leihen (3,00 €)', 'Keine – bleibt am Rand'],
    published: -1,
    due: 4,
    replies: [['elif', 'selin', '1']],
  },
  {
    author: 'carl',
    to: [['5a', 'guardians']],
    title: 'Elternabend der 5a',
    text: 'Liebe Eltern,\n\nunser Elternabend ist am Dienstag um 19:00 Uhr in der Aula. Wir sprechen über die Klassenfahrt und wählen die Elternvertretung.\n\nHerzliche Grüße\nCarl Brandt',
    answer: 'yes_no',
    question: 'Kommen Sie zum Elternabend?',
    published: -2,
    due: 6,
    replies: [['pia', 'paula', 'yes']],
  },
  {
    author: 'otto',
    to: [
      ['5a', 'guardians'],
      ['5b', 'guardians'],
      ['8c', 'guardians'],
      ['12', 'guardians'],
    ],
    title: 'Neue Busse ab 1. Dezember',
    text: 'Liebe Eltern,\n\nab dem 1. Dezember fährt die Linie 4 morgens **zehn Minuten früher**. Der Bus hält jetzt direkt vor der Schule.\n\nIhr Sekretariat',
    answer: 'none',
    published: -1,
  },
  {
    author: 'hanna',
    to: [
      ['5a', 'guardians'],
      ['5b', 'guardians'],
      ['8c', 'guardians'],
      ['12', 'guardians'],
    ],
    title: 'Handyregeln an unserer Schule',
    text: 'Liebe Eltern,\n\ndie Schulkonferenz hat neue Regeln für Handys beschlossen. Handys bleiben während des Unterrichts in der Tasche.\n\nBitte bestätigen Sie, dass Sie die Regeln kennen.\n\nHanna Hartmann, Schulleiterin',
    answer: 'acknowledgement',
    published: -3,
    due: 8,
    replies: [
      ['emir', 'deniz', 'read'],
      ['anna', 'ada', 'read'],
    ],
  },
  {
    author: 'hanna',
    to: [['kollegium', 'staff']],
    title: 'Dienstbesprechung am Donnerstag',
    text: 'Liebes Kollegium,\n\nwir treffen uns am Donnerstag um 14:30 Uhr im Lehrerzimmer.',
    answer: 'none',
    published: -1,
  },
  {
    author: 'carl',
    to: [['5a', 'guardians']],
    title: 'Klassenfahrt an die Nordsee',
    text: 'Liebe Eltern,\n\nim Mai fahren wir fünf Tage nach Norderney. Die Kosten betragen 240 €.',
    answer: 'yes_no',
    question: 'Fährt Ihr Kind mit?',
    published: null,
    due: 20,
  },
]

/** A few letters between the people of the small school, around today. */
export function seedLetters(house: House, small: SmallSchool): Promise<void> {
  return systemChange(house.database, house.clock, 'demo', async change => {
    const midnight = Date.parse(`${change.today}T00:00:00Z`)
    let number = 140
    for (const sketch of letters) {
      number += 1
      const published =
        sketch.published === null ? null : instant(midnight + sketch.published * 86_400_000 + 13 * 3_600_000)
      await writeLetter(change, small, sketch, published, number, midnight)
    }
  })
}

async function writeLetter(
  change: SystemChange,
  small: SmallSchool,
  sketch: Sketch,
  published: string | null,
  number: number,
  midnight: number,
): Promise<void> {
  const id = newId()
  const audience_id = newId()
  await change.write('audiences').insert({ id: audience_id })
  await change
    .write('audience_parts')
    .insert(sketch.to.map(([group, part]) => ({ audience_id, group_id: small.groups[group] ?? '', part })))
  await change.write('letters').insert({
    id,
    number: published && `EB-${published.slice(0, 4)}-${String(number).padStart(4, '0')}`,
    author_id: small.accounts[sketch.author] ?? '',
    audience_id,
    title: sketch.title,
    text: sketch.text,
    answer: sketch.answer,
    question: sketch.question ?? null,
    choices: JSON.stringify(sketch.choices ?? []),
    respond_by: sketch.due === undefined ? null : addDays(change.today, sketch.due),
    changed_at: published ?? change.at,
    published_at: published,
    withdrawn_at: null,
  })
  const replied_at = instant(midnight - 5 * 3_600_000)
  for (const [pupil, account, value] of sketch.replies ?? []) {
    const key = { letter_id: id, pupil_id: small.pupils[pupil] ?? '', account_id: small.accounts[account] ?? '' }
    await change.write('replies').insert({ ...key, value, paper: 0, replied_at })
    await change.write('receipts').insert({ ...key, read_on: addDays(change.today, -1) })
  }
}
