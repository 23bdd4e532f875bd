import type { Office } from '../storage/tables.ts'

/** One password for everybody in a school that does not exist. */
export const castPassword = 'Lindenblatt im Herbstwind'

/** The demo's second factors: fixed secrets that stand here for everybody to read. A real one is made by chance. */
export const oneTimeSecrets: Readonly<Record<string, string>> = {
  dora: 'XEUBEIMKWZGYLX6QXEFSOSZKN4RT47AE',
  otto: 'BDBHRFDB2PVK7D5HETXRFC4N7YQHMQ2H',
  hanna: 'WBQFDA3Z3OZRHWK3BKKY7X7Q6ZVPPPEM',
  emil: 'I6RGA3S6GYJID2PKPYTNTTNUPSZZULU7',
  finja: 'RVQDZLY72P2ASFW7GQAQLIFG2DBRWFRS',
  gero: '46QR5NZGMYIT3NLUDSEK5SWLQRHRTFHO',
}

export interface Child {
  readonly key: string
  readonly given_name: string
  readonly family_name: string
  readonly group: string
  readonly born_on: string
}

export interface Person {
  readonly key: string
  readonly given_name: string
  readonly family_name: string
  /** What they are in the story, for the table that the demo prints. */
  readonly role: string
  readonly offices?: readonly Office[]
  /** Groups they work in; the first class in `leads` is theirs. */
  readonly works?: readonly string[]
  readonly leads?: readonly string[]
  /** Keys of their children. */
  readonly children?: readonly string[]
  /** The guardianship gives no rights, or has ended. */
  readonly guardianship?: 'none' | 'ended'
  /** A pupil of age, by the key of the child they are. */
  readonly self?: string
}

export const groups = [
  { key: '5a', kind: 'class', name: '5a' },
  { key: '5b', kind: 'class', name: '5b' },
  { key: '8c', kind: 'class', name: '8c' },
  { key: '12', kind: 'class', name: '12' },
  { key: 'chor', kind: 'club', name: 'AG Chor' },
  { key: 'kollegium', kind: 'staff', name: 'Kollegium' },
] as const

export const children: readonly Child[] = [
  { key: 'anna', given_name: 'Anna', family_name: 'Albers', group: '5a', born_on: '2015-05-04' },
  { key: 'ben', given_name: 'Ben', family_name: 'Behrens', group: '5b', born_on: '2015-09-17' },
  { key: 'boris', given_name: 'Boris', family_name: 'Bergmann', group: '5a', born_on: '2015-02-11' },
  { key: 'emir', given_name: 'Emir', family_name: 'Yılmaz', group: '5b', born_on: '2015-11-30' },
  { key: 'elif', given_name: 'Elif', family_name: 'Yılmaz', group: '8c', born_on: '2012-08-08' },
  { key: 'pia', given_name: 'Pia', family_name: 'Petersen', group: '5a', born_on: '2015-07-21' },
  { key: 'mila', given_name: 'Mila', family_name: 'Kovač', group: '5b', born_on: '2015-03-03' },
  {
    key: 'jonas',
    given_name: 'Jonas-Maximilian',
    family_name: 'Freiherr von Hohenlohe-Öhringen',
    group: '5b',
    born_on: '2015-06-15',
  },
  { key: 'yusuf', given_name: 'Yusuf', family_name: 'Demir', group: '12', born_on: '2008-01-19' },
]

export const cast: readonly Person[] = [
  { key: 'ada', given_name: 'Ada', family_name: 'Albers', role: 'Mutter von Anna (5a)', children: ['anna'] },
  { key: 'bea', given_name: 'Bea', family_name: 'Behrens', role: 'Mutter von Ben (5b)', children: ['ben'] },
  {
    key: 'selin',
    given_name: 'Selin',
    family_name: 'Yılmaz',
    role: 'Mutter von Emir (5b) und Elif (8c)',
    children: ['emir', 'elif'],
  },
  {
    key: 'deniz',
    given_name: 'Deniz',
    family_name: 'Yılmaz',
    role: 'Vater von Emir und Elif',
    children: ['emir', 'elif'],
  },
  {
    key: 'anton',
    given_name: 'Anton',
    family_name: 'Albers',
    role: 'Vater von Anna, ohne Sorgerecht',
    children: ['anna'],
    guardianship: 'none',
  },
  {
    key: 'berta',
    given_name: 'Berta',
    family_name: 'Bergmann',
    role: 'frühere Pflegemutter von Boris',
    children: ['boris'],
    guardianship: 'ended',
  },
  {
    key: 'carl',
    given_name: 'Carl',
    family_name: 'Brandt',
    role: 'Lehrer, leitet die 5a',
    offices: ['teacher'],
    works: ['5a', '5b', 'kollegium'],
    leads: ['5a'],
  },
  {
    key: 'paula',
    given_name: 'Paula',
    family_name: 'Petersen',
    role: 'Lehrerin, leitet die 5b; Mutter von Pia (5a)',
    offices: ['teacher'],
    works: ['5b', '8c', 'chor', 'kollegium'],
    leads: ['5b'],
    children: ['pia'],
  },
  { key: 'dora', given_name: 'Dora', family_name: 'Dahl', role: 'Administration', offices: ['admin'] },
  {
    key: 'otto',
    given_name: 'Otto',
    family_name: 'Köhler',
    role: 'Sekretariat',
    offices: ['office'],
    works: ['kollegium'],
  },
  {
    key: 'hanna',
    given_name: 'Hanna',
    family_name: 'Hartmann',
    role: 'Schulleitung',
    offices: ['head'],
    works: ['kollegium'],
    leads: ['kollegium'],
  },
  { key: 'emil', given_name: 'Emil', family_name: 'Ernst', role: 'Prüfer des Protokolls', offices: ['auditor'] },
  { key: 'finja', given_name: 'Finja', family_name: 'Frank', role: 'Prüferin des Protokolls', offices: ['auditor'] },
  { key: 'gero', given_name: 'Gero', family_name: 'Graf', role: 'Prüfer des Protokolls', offices: ['auditor'] },
  { key: 'ole', given_name: 'Ole', family_name: 'Olsen', role: 'Beobachter (Datenschutz)', offices: ['observer'] },
  { key: 'kim', given_name: 'Kim', family_name: 'Kaiser', role: 'Hausmeisterei', offices: ['caretaker'] },
  { key: 'yusuf', given_name: 'Yusuf', family_name: 'Demir', role: 'volljähriger Schüler (12)', self: 'yusuf' },
  {
    key: 'meryem',
    given_name: 'Meryem',
    family_name: 'Demir',
    role: 'Mutter von Yusuf, der volljährig ist',
    children: ['yusuf'],
  },
]

/** Guardians on paper: they have no account yet. The first one's code is for whoever wants to register. */
export const onPaper = [
  { key: 'jelena', given_name: 'Jelena', family_name: 'Kovač', child: 'mila', custody: 'yes' },
  {
    key: 'hubertus',
    given_name: 'Hubertus-Ferdinand',
    family_name: 'Freiherr von Hohenlohe-Öhringen',
    child: 'jonas',
    custody: 'unknown',
  },
] as const

export const school = {
  name: 'Lindenhofschule',
  town: 'Auental',
  kind: 'Gesamtschule, Klassen 5 bis 13',
  address: 'Lindenallee 12 · 12345 Auental',
  office_name: 'Sekretariat, Herr Köhler',
  office_phone: '030 23125 040',
  office_hours: 'Montag bis Freitag, 7:15 bis 14:00 Uhr',
} as const
