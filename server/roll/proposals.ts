import { type Field, fields, type Mapping } from './facts.ts'
import { foldCaption } from './profiles.ts'

/** Captions that other programs use; only ever a proposal for the office to confirm. */
const captions: readonly (readonly [Field, readonly string[]])[] = [
  [
    'pupil_id',
    ['Identnummer', 'Import-ID', 'Kind-ID', 'Schülernummer', 'Schüler-Nr', 'Externe ID-Nr', 'ID', 'Nummer', 'Nr'],
  ],
  [
    'pupil_given_name',
    ['SchuelerVorname', 'Schueler_Vorname', 'Offizieller Vorname', 'Kind-Vorname', 'Vorname Kind', 'Vorname'],
  ],
  ['pupil_call_name', ['Rufname', 'SchuelerRufname']],
  [
    'pupil_family_name',
    ['SchuelerNachname', 'Schueler_Nachname', 'Familienname', 'Kind-Name', 'Nachname Kind', 'Nachname', 'Name'],
  ],
  [
    'pupil_born_on',
    [
      'SchuelerGeburtsdatum',
      'Schueler_Geburtsdatum',
      'Geburtsdatum',
      'Geburtstag',
      'Geboren',
      'Geb',
      'GebDatum',
      'Kind-Geburtstag',
    ],
  ],
  ['pupil_class', ['Klassen_Klassenbezeichnung', 'Klasse', 'Klasse/Information', 'Kl']],
  ['pupil_leaves_on', ['Abgangsdatum', 'Entlassdatum', 'Abgang']],
  ['guardian_given_name', ['SorgebeVorname', 'Vorname Elternteil 1', 'Vorname 1.Person', 'Vorname_W']],
  ['guardian_family_name', ['SorgebeNachname', 'Nachname Elternteil 1', 'Nachname 1.Person', 'Name_W']],
  [
    'guardian_email',
    ['Ansprechpartner_Email', 'E-Mail Elternteil 1', 'Eltern-Mail 1', 'E-Mail 1. Person', 'E-Mail', 'Email', 'Mail'],
  ],
  ['guardian_phone', ['Telefon Elternteil 1', 'TelefonPrivat', 'Telefon', 'Telefonnummer', 'Tel', 'Mobil', 'Handy']],
  ['guardian_address', ['Adresse', 'Anschrift']],
  ['guardian_street', ['SorgebeStrasse', 'Straße', 'Str']],
  ['guardian_postcode', ['SorgebePLZ', 'PLZ', 'Postleitzahl']],
  ['guardian_town', ['SorgebeOrt', 'Ort', 'Wohnort']],
  ['guardian2_given_name', ['Vorname Elternteil 2', 'Vorname 2.Person', 'Vorname_M']],
  ['guardian2_family_name', ['Nachname Elternteil 2', 'Nachname 2.Person', 'Name_M']],
  ['guardian2_email', ['E-Mail Elternteil 2', 'Eltern-Mail 2', 'E-Mail 2. Person']],
  ['guardian2_phone', ['Telefon Elternteil 2']],
]

/** Whose column it is, and what stands in it, by words in a caption that is nobody's known one. */
const owners: readonly (readonly ['guardian2' | 'guardian' | 'pupil', RegExp])[] = [
  ['guardian2', /vater|(eltern|sorge|erzieh|verantw|person).*2|2.*(eltern|sorge|erzieh|verantw|person)/],
  ['guardian', /mutter|eltern|sorge|erzieh|verantw/],
  ['pupil', /kind|schüler|schueler/],
]
const parts: readonly (readonly [string, RegExp])[] = [
  ['given_name', /vorname/],
  ['email', /mail/],
  ['phone', /tel|mobil|handy/],
  ['street', /str/],
  ['postcode', /plz|postleitzahl/],
  ['town', /ort$/],
  ['born_on', /geb/],
  ['class', /klasse/],
  ['address', /adresse|anschrift/],
  ['family_name', /name/],
  ['id', /nr|nummer|id$/],
]

/** What the columns of an unknown file might mean, for the office to confirm. */
export function propose(header: readonly string[]): Mapping {
  const mapping: Partial<Record<Field, number>> = {}
  const folded = header.map(foldCaption)
  const taken = new Set<number>()
  const take = (field: Field, column: number) => {
    if (column === -1 || taken.has(column) || mapping[field] !== undefined) return
    mapping[field] = column
    taken.add(column)
  }
  for (const [column, caption] of folded.entries()) {
    const owner = owners.find(([, words]) => words.test(caption))?.[0]
    const part = parts.find(([, words]) => words.test(caption))?.[0]
    const field = isCaption(caption) ? undefined : fields.find(one => one === `${owner}_${part}`)
    if (field) take(field, column)
  }
  for (const [field, names] of captions) for (const name of names) take(field, folded.indexOf(foldCaption(name)))
  return Object.fromEntries(Object.entries(mapping).filter(([field]) => hasName(mapping, field)))
}

function isCaption(caption: string): boolean {
  return captions.some(([, names]) => names.some(name => foldCaption(name) === caption))
}

/** A mail or phone is only an adult's where the file names the adult. */
function hasName(mapping: Mapping, field: string): boolean {
  const [place] = field.split('_')
  return place === 'pupil' || fields.some(one => one === `${place}_family_name` && mapping[one] !== undefined)
}
