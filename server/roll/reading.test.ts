import { readFileSync } from 'node:fs'
import t from 'tap'
import type { RowFacts } from './facts.ts'
import { type CaptionOf, openFile } from './files.ts'
import { propose } from './proposals.ts'

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../test/fixtures/roll/${name}`, import.meta.url))
}

function read(content: string | Buffer, captionOf: CaptionOf | null = null) {
  const opened = openFile(0, 'x.csv', typeof content === 'string' ? Buffer.from(content) : content, captionOf)
  if (opened.state !== 'read') throw new Error(opened.state === 'refused' ? opened.refusal.key : 'unmapped')
  return opened.file
}

t.test('DaNiS with two guardians a row', async t => {
  const file = read(fixture('danis-wide.csv'))
  t.same([file.profile, file.encoding, file.delimiter], ['danis', 'utf-8', ';'])
  const [elif, emir, jonne, renee] = file.facts as [RowFacts, RowFacts, RowFacts, RowFacts]
  t.same(elif.pupil, {
    external_id: '0714401',
    given_name: 'Elif',
    family_name: 'Özdemir',
    born_on: '2014-05-09',
    class: '6b',
    leaves_on: null,
  })
  t.same(emir.guardians[0], {
    given_name: 'Ayse',
    family_name: 'Özdemir',
    email: 'Ayse.Oezdemir@familie.example',
    phone: '03583 4711',
    address: 'Mühlgasse 4, 02763 Auental',
    custody: 'yes',
    place: 'guardian',
  })
  t.same(
    jonne.guardians.map(guardian => [guardian.given_name, guardian.custody]),
    [
      ['Maike', 'yes'],
      ['Ansgar', 'no'],
    ],
  )
  t.equal(renee.pupil?.leaves_on, '2026-06-30')
  t.same(renee.guardians, [])
})

t.test('the other layouts, by their headers', async t => {
  const pupils = read(fixture('danis-pupils-cp1252.csv'))
  t.same([pupils.profile, pupils.encoding], ['danis-pupils', 'windows-1252'])
  t.same(
    pupils.facts.map(row => [row.child.external_id, row.child.family_name, row.pupil?.class]),
    [
      ['0714401', 'Özdemir', '6b'],
      ['0714402', 'Özdemir', '9a'],
      ['0714403', 'Groß-Lüdtke', '6b'],
    ],
  )
  const parents = read(fixture('parents.csv'))
  t.equal(parents.profile, 'parents')
  t.equal(parents.facts[0]?.pupil, null)
  t.equal(parents.facts[0]?.guardians[0]?.custody, 'unknown', 'the table has no such column')
  t.equal(parents.facts[2]?.guardians[0]?.phone, '+49 152 0000111')
  t.equal(read(fixture('iserv-pupils.csv')).profile, 'iserv-pupils')
  const users = read(fixture('iserv-users.csv'))
  t.equal(users.profile, 'iserv-users')
  t.same(
    users.facts.map(row => row.child.family_name),
    ['Özdemir'],
    'teachers are no pupils',
  )
})

t.test('any other file by naming its columns', async t => {
  const bytes = fixture('magellan.csv')
  const opened = openFile(0, 'x.csv', bytes, null)
  t.equal(opened.state, 'unmapped')
  if (opened.state !== 'unmapped') return
  t.match(opened.proposal, { pupil_given_name: 0, pupil_family_name: 1, pupil_born_on: 2, guardian_family_name: 4 })
  const file = read(bytes, {
    pupil_given_name: 'SchuelerVorname',
    pupil_family_name: 'schuelernachname',
    pupil_born_on: 'SchuelerGeburtsdatum',
    guardian_given_name: 'SorgebeVorname',
    guardian_family_name: 'SorgebeNachname',
    guardian_street: 'SorgebeStrasse',
    guardian_town: 'SorgebeOrt',
  })
  t.equal(file.profile, 'mapped')
  t.match(file.facts[1], {
    child: { external_id: null, family_name: 'Özdemir', born_on: '2014-05-09' },
    guardians: [{ given_name: 'Kemal', address: 'Mühlgasse 4, Auental', custody: 'unknown' }],
  })
  for (const [captionOf, key] of [
    [{ pupil_given_name: 'Rufname' }, 'roll.file.no-column'],
    [{ pupil_given_name: 'SchuelerVorname' }, 'roll.file.mapping'],
  ] as const) {
    const refused = openFile(0, 'x.csv', bytes, captionOf)
    t.equal(refused.state === 'unmapped' && refused.refusal?.key, key)
  }
})

t.test('headers in any order and case; the same twice is refused', async t => {
  const file = read('KIND-ID,nachname , E-Mail-Adresse,VORNAME\n1,Voß,a@b.example,Ida\n')
  t.match(file.facts[0]?.guardians[0], { given_name: 'Ida', family_name: 'Voß', email: 'a@b.example' })
  const twice = openFile(0, 'x.csv', Buffer.from('Kind-ID;Nachname;Vorname;Nachname\n1;A;B;C\n'), null)
  t.match(twice, { state: 'refused', refusal: { key: 'roll.file.twice', values: { column: 'Nachname' } } })
})

t.test('what spreadsheets put before text goes, ids stay text, the call name wins', async t => {
  const [row] = read(
    `SchuelerIdentNummer;SchuelerNachname;SchuelerVornamen;SchuelerRufname\n'0012;  Voß ; Ida Marie ;\n`,
  ).facts
  t.match(row?.pupil, { external_id: '0012', family_name: 'Voß', given_name: 'Ida Marie' })
  const [dash] = read('Vorname;Nachname;Telefon;Kind-ID\nIda;Voß; - ;12\n').facts
  t.equal(dash?.guardians[0]?.phone, null, 'a dash says nothing')
})

t.test('custody: empty is no, a word of refusal is no, no column says nothing', async t => {
  const custody = (text: string) =>
    read(
      `SchuelerIdentNummer;SchuelerNachname;SchuelerRufname;Verantw1Nachname;Verantw1Vorname;Verantw1Erziehungsberechtigt\n1;A;B;C;D;${text}\n`,
    ).facts[0]?.guardians[0]?.custody
  t.same(['Ja', 'X', 'gemeinsam', '', ' ', 'Nein', '0'].map(custody), ['yes', 'yes', 'yes', 'no', 'no', 'no', 'no'])
})

t.test('columns are proposed by their captions, whose they are by words; a mail needs an adult', t => {
  const proposed = (line: string) => {
    const header = line.split(';')
    return Object.fromEntries(Object.entries(propose(header)).map(([field, column]) => [field, header[column]]))
  }
  t.same(
    proposed('Nr;Vorname;Name;Kl;Geb.;Vorname Mutter;Name Mutter;Mail;Tel.;Vater Vorname;Vater Nachname;E-Mail Vater'),
    {
      pupil_id: 'Nr',
      pupil_given_name: 'Vorname',
      pupil_family_name: 'Name',
      pupil_class: 'Kl',
      pupil_born_on: 'Geb.',
      guardian_given_name: 'Vorname Mutter',
      guardian_family_name: 'Name Mutter',
      guardian_email: 'Mail',
      guardian_phone: 'Tel.',
      guardian2_given_name: 'Vater Vorname',
      guardian2_family_name: 'Vater Nachname',
      guardian2_email: 'E-Mail Vater',
    },
  )
  t.same(proposed('Schüler-ID;Kind Vorname;Kind Nachname;Mail;Bemerkung'), {
    pupil_id: 'Schüler-ID',
    pupil_given_name: 'Kind Vorname',
    pupil_family_name: 'Kind Nachname',
  })
  t.end()
})
