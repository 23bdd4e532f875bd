import { addDays } from '../clock.ts'
import type { AnswerKind } from '../storage/tables.ts'
import type { Random } from './random.ts'

/** What a letter of the large school says and asks. */
export interface LetterText {
  readonly title: string
  readonly text: string
  readonly answer: AnswerKind
  readonly question: string | null
  readonly choices: readonly string[]
}

interface Template {
  readonly title: string
  readonly about: string
  readonly ask?: readonly [AnswerKind, string, ...string[]]
}

const places = [
  'zum Naturkundemuseum',
  'in den Zoo',
  'zur Sternwarte',
  'in die Stadtbücherei',
  'zum Bauernhof Ahrens',
  'ins Theater am Markt',
  'zur Kläranlage',
  'in den Kletterwald',
  'ins Freilichtmuseum',
  'zur Feuerwache',
]
const things = [
  'Sportzeug',
  'die Hausschuhe',
  'den Zirkel',
  'einen Schuhkarton',
  'das Deckfarbenkasten-Geld',
  'alte Zeitungen',
  'ein Kinderfoto',
  'die Blockflöte',
]
const monthName = new Intl.DateTimeFormat('de', { month: 'long', timeZone: 'UTC' })

const templates: readonly Template[] = [
  {
    title: 'Ausflug {place}',
    about:
      'am {day}. {month} fahren wir {place}. Wir treffen uns um **7:50 Uhr** an der Schule und sind gegen 13:00 Uhr zurück.\n\nBitte geben Sie mit:\n\n- etwas zu essen und zu trinken\n- eine Jacke, die nass werden darf\n\nDie Fahrt kostet {euro} €.',
    ask: ['yes_no', 'Fährt Ihr Kind mit?'],
  },
  {
    title: 'Elternabend im {month}',
    about:
      'am {day}. {month} um 19:00 Uhr laden wir zum Elternabend ein. Wir sprechen über die nächsten Wochen, über Klassenarbeiten und über Ihre Fragen.',
    ask: ['yes_no', 'Kommen Sie zum Elternabend?'],
  },
  {
    title: 'Klassenfahrt: verbindliche Anmeldung',
    about:
      'im {month} fahren wir fünf Tage nach Norderney. Die Kosten betragen {euro}5 €. In Raten zahlen Sie über das Sekretariat.\n\nBitte melden Sie Ihr Kind verbindlich an.',
    ask: ['yes_no', 'Melden Sie Ihr Kind verbindlich an?'],
  },
  {
    title: 'Sprechtag am {day}. {month}',
    about:
      'am {day}. {month} ist Elternsprechtag. Ein Gespräch dauert zehn Minuten. Bitte sagen Sie uns, wann es Ihnen am besten passt.',
    ask: ['choice', 'Wann können Sie kommen?', 'Vormittags', 'Nachmittags', 'Abends', 'Gar nicht'],
  },
  {
    title: 'Mittagessen am Projekttag',
    about: 'am Projekttag essen alle zusammen. Die Küche fragt, was sie kochen soll.',
    ask: ['choice', 'Was soll Ihr Kind essen?', 'Nudeln mit Gemüse', 'Hähnchen mit Reis', 'Eigenes Essen'],
  },
  {
    title: 'Fotos für das Jahrbuch',
    about: 'im {month} kommt die Fotografin. Für das Jahrbuch brauchen wir Ihre Entscheidung.',
    ask: ['choice', 'Darf Ihr Kind ins Jahrbuch?', 'Mit Bild und Namen', 'Nur mit Namen', 'Gar nicht'],
  },
  {
    title: 'Belehrung zum Infektionsschutz',
    about:
      'bitte lesen Sie, wann ein krankes Kind zu Hause bleibt und wann es wiederkommen darf. **Läuse, Scharlach und Magen-Darm** melden Sie bitte am selben Tag.',
    ask: ['acknowledgement', 'Bitte bestätigen Sie, dass Sie die Belehrung gelesen haben.'],
  },
  {
    title: 'Regeln für den Chemieraum',
    about:
      'ab dem {day}. {month} arbeiten wir im Chemieraum. Lange Haare werden zusammengebunden, gegessen und getrunken wird dort nicht.',
    ask: ['acknowledgement', 'Bitte bestätigen Sie, dass Sie die Regeln mit Ihrem Kind besprochen haben.'],
  },
  {
    title: 'Kein Unterricht am {day}. {month}',
    about:
      'am {day}. {month} bilden sich die Lehrkräfte fort. Es ist kein Unterricht. Eine Betreuung gibt es bis 13:00 Uhr.',
    ask: ['acknowledgement', 'Bitte bestätigen Sie, dass Sie Bescheid wissen.'],
  },
  {
    title: 'Vertretung in Mathematik',
    about:
      'Frau Thiele ist bis Ende {month} nicht da. Herr Pohl übernimmt den Unterricht. Die Klassenarbeit bleibt, wo sie ist.',
  },
  {
    title: 'Bitte mitbringen: {thing}',
    about:
      'bitte geben Sie Ihrem Kind bis zum {day}. {month} mit: {thing}. Wir brauchen es für ein Projekt, das mehrere Wochen dauert.',
  },
  {
    title: 'Baustelle vor dem Haupteingang',
    about:
      'ab dem {day}. {month} wird vor dem Haupteingang gebaut. Bitte benutzen Sie den Eingang am Sportplatz. Fahrräder stehen so lange hinter der Turnhalle.',
  },
  {
    title: 'Schwimmen im {month}',
    about:
      'im {month} gehen wir schwimmen. Der Bus fährt nach der zweiten Stunde. Badehose oder Badeanzug, Handtuch und eine Mütze gehören in die Tasche.',
  },
  {
    title: 'Ein Dank an alle Helfer',
    about:
      'das Fest war schön, weil so viele geholfen haben. {euro}0 € sind zusammengekommen. Davon kaufen wir Bücher für die Leseecke.',
  },
  {
    title: 'Vorlesewettbewerb',
    about: 'am {day}. {month} lesen die Besten aus ihrem Lieblingsbuch vor. Gäste sind willkommen, Kuchen auch.',
  },
]

/** The words of a letter of that day about something some weeks later; `asking` says whether it wants an answer. */
export function drawText(random: Random, day: string, asking: boolean): LetterText {
  const { title, about, ask } = random.pick(templates.filter(template => Boolean(template.ask) === asking))
  const later = addDays(day, 15 + random.below(12))
  const values: Readonly<Record<string, string>> = {
    place: random.pick(places),
    thing: random.pick(things),
    month: monthName.format(new Date(`${later}T12:00:00Z`)),
    day: String(Number(later.slice(8))),
    euro: String(4 + random.below(28)),
  }
  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
  const [answer = 'none', question = null, ...choices] = ask ?? []
  return {
    title: filled(title),
    text: `Liebe Eltern,\n\n${filled(about)}\n\nHerzliche Grüße`,
    answer,
    question,
    choices,
  }
}
