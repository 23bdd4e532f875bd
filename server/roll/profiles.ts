import { FileRefused } from './decode.ts'
import type { Field, Mapping } from './facts.ts'

export type ProfileName = 'danis' | 'danis-pupils' | 'parents' | 'iserv-users' | 'iserv-pupils' | 'mapped'

export interface Recognised {
  readonly profile: ProfileName
  readonly mapping: Mapping
  /** Rows count only where this column begins with this word. */
  readonly only: { readonly column: number; readonly word: string } | null
}

interface Profile {
  readonly name: ProfileName
  readonly needs: readonly Field[]
  readonly columns: Readonly<Partial<Record<Field, readonly string[]>>>
  readonly only?: { readonly column: string; readonly word: string }
}

function responsible(number: 1 | 2): Partial<Record<Field, readonly string[]>> {
  const place = number === 1 ? 'guardian' : 'guardian2'
  const column = `Verantw${number}`
  return {
    [`${place}_given_name`]: [`${column}Vorname`],
    [`${place}_family_name`]: [`${column}Nachname`],
    [`${place}_email`]: [`${column}EMail`],
    [`${place}_phone`]: [`${column}Telefon1`],
    [`${place}_street`]: [`${column}Strasse`],
    [`${place}_postcode`]: [`${column}PLZ`],
    [`${place}_town`]: [`${column}Ortsname`],
    [`${place}_custody`]: [`${column}Erziehungsberechtigt`],
  }
}

const danisPupil: Profile['columns'] = {
  pupil_id: ['SchuelerIdentNummer'],
  pupil_given_name: ['SchuelerVornamen'],
  pupil_call_name: ['SchuelerRufname'],
  pupil_family_name: ['SchuelerNachname'],
  pupil_born_on: ['SchuelerGeburtsdatum'],
  // The second spelling stands in the makers' own manual.
  pupil_class: ['GruppeBezeichnung', 'GruppeBezeichung'],
  pupil_leaves_on: ['SchuelerAbgangsdatum'],
}

const profiles: readonly Profile[] = [
  {
    name: 'danis',
    needs: ['pupil_family_name', 'guardian_family_name', 'guardian_given_name'],
    columns: { ...danisPupil, ...responsible(1), ...responsible(2) },
  },
  { name: 'danis-pupils', needs: ['pupil_family_name'], columns: danisPupil },
  {
    name: 'parents',
    needs: ['pupil_id', 'guardian_given_name', 'guardian_family_name'],
    columns: {
      pupil_id: ['Kind-ID'],
      guardian_given_name: ['Vorname'],
      guardian_family_name: ['Nachname'],
      guardian_address: ['Adresse'],
      guardian_street: ['Straße', 'Strasse'],
      guardian_postcode: ['PLZ', 'Postleitzahl'],
      guardian_town: ['Ort'],
      guardian_email: ['E-Mail', 'E-Mail-Adresse'],
      guardian_phone: ['Telefonnummer', 'Telefon'],
    },
  },
  {
    name: 'iserv-users',
    needs: ['pupil_id', 'pupil_given_name', 'pupil_family_name'],
    columns: {
      pupil_id: ['Import-ID'],
      pupil_given_name: ['Vorname'],
      pupil_family_name: ['Nachname'],
      pupil_class: ['Klasse/Information'],
    },
    only: { column: 'Benutzertyp', word: 'Schüler' },
  },
  {
    name: 'iserv-pupils',
    needs: ['pupil_id', 'pupil_given_name', 'pupil_family_name'],
    columns: {
      pupil_id: ['Import-ID'],
      pupil_given_name: ['Vorname'],
      pupil_call_name: ['Rufname'],
      pupil_family_name: ['Nachname'],
      pupil_born_on: ['Geburtsdatum'],
      pupil_class: ['Klasse/Information', 'Klasse'],
    },
  },
]

/** Captions are compared by their letters and digits alone. */
export function foldCaption(caption: string): string {
  return caption
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[^\p{L}\p{N}]/gu, '')
}

/** Where a caption stands in the header. Refuses one that stands there twice: which would be meant? */
function columnOf(header: readonly string[], caption: string): number | undefined {
  const wanted = foldCaption(caption)
  const first = header.findIndex(name => foldCaption(name) === wanted)
  if (first === -1) return undefined
  if (header.findLastIndex(name => foldCaption(name) === wanted) !== first) {
    throw new FileRefused('roll.file.twice', { column: header[first] as string })
  }
  return first
}

function columnsOf(header: readonly string[], columns: Profile['columns']): Mapping {
  const mapping: Partial<Record<Field, number>> = {}
  for (const [field, names] of Object.entries(columns) as [Field, readonly string[]][]) {
    const column = names.map(name => columnOf(header, name)).find(found => found !== undefined)
    if (column !== undefined) mapping[field] = column
  }
  return mapping
}

/** The layout that a header belongs to, or undefined where somebody must say what its columns mean. */
export function recognise(header: readonly string[]): Recognised | undefined {
  for (const profile of profiles) {
    if (profile.only && !header.some(name => foldCaption(name) === foldCaption(profile.only?.column ?? ''))) continue
    if (
      !profile.needs.every(field =>
        (profile.columns[field] ?? []).some(name => header.some(own => foldCaption(own) === foldCaption(name))),
      )
    ) {
      continue
    }
    const mapping = columnsOf(header, profile.columns)
    if (!isSufficient(mapping)) continue
    const column = profile.only && columnOf(header, profile.only.column)
    return {
      profile: profile.name,
      mapping,
      only: profile.only && column !== undefined ? { column, word: profile.only.word } : null,
    }
  }
  return undefined
}

/** A mapping given as field to caption. Refuses captions that the header does not have, and too few of them. */
export function mapColumns(header: readonly string[], captionOf: Readonly<Partial<Record<Field, string>>>): Recognised {
  const mapping: Partial<Record<Field, number>> = {}
  for (const [field, caption] of Object.entries(captionOf) as [Field, string][]) {
    const column = columnOf(header, caption)
    if (column === undefined) throw new FileRefused('roll.file.no-column', { column: caption })
    mapping[field] = column
  }
  if (!isSufficient(mapping)) throw new FileRefused('roll.file.mapping')
  return { profile: 'mapped', mapping, only: null }
}

/** A pupil needs a name and an id or day of birth; a guardian needs a name and the same of the child. */
export function isSufficient(mapping: Mapping): boolean {
  const has = (...wanted: Field[]) => wanted.some(field => mapping[field] !== undefined)
  const pupil =
    has('pupil_given_name', 'pupil_call_name') && has('pupil_family_name') && has('pupil_id', 'pupil_born_on')
  const guardians = has('pupil_id') && has('guardian_given_name') && has('guardian_family_name')
  return pupil || guardians
}
