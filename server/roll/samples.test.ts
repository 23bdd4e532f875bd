import t from 'tap'
import { systemChange } from '../storage/change.ts'
import { startSchool } from '../test/school.ts'
import { openFile } from './files.ts'
import { loadRoll } from './known-store.ts'
import type { PlanOptions } from './plan.ts'
import { makePlan } from './planning.ts'

const pupilHead = 'SchuelerIdentNummer;SchuelerRufname;SchuelerNachname;GruppeBezeichnung'
const children = ['9896508;Lina;Strübing;5a', '9896510;Ole;Strübing;8c', "0896509;Finn;O'Brien-Schäfer;5a"]
const wideHead = `${pupilHead};Verantw1Nachname;Verantw1Vorname;Verantw1Strasse;Verantw1Erziehungsberechtigt`
const parents = [
  'Vorname;Nachname;Adresse;E-Mail;Telefonnummer;Kind-ID',
  'Grete;Strübing;Lindenstraße 7, 01067 Musterstadt;grete@eltern.example;0441 123456;9896508',
  'Grete;Strübing;Lindenstraße 7, 01067 Musterstadt;grete@eltern.example;0441 123456;9896510',
  'Ute;Schäfer;Am Mühlbach 12a, 26121 Oldenhausen;ute@eltern.example;;0896509',
].join('\n')
const iserv = [
  'Import-ID;Vorname;Nachname;Klasse/Information;Account;Passwort;Email;Geburtsdatum;Gruppen',
  '9896508;Lina;Strübing;5a;lina.struebing;;;14.03.2015;"AG Chor;Förderkurs"',
  "0896509;Finn;O'Brien-Schäfer;5a;finn;;;02.01.2015;",
].join('\n')
const exported = [
  'Account;Vorname;Nachname;Status;Benutzertyp;Import-ID;Klasse/Information',
  'ole.struebing;Ole;Strübing;aktiv;Schüler;9896511;5a',
].join('\n')
const all: Readonly<Record<string, string>> = {
  danis: [wideHead, ...children.map(row => `${row};Strübing;Grete;Lindenstraße 7;Ja`)].join('\n'),
  'danis-pupils': [pupilHead, ...children].join('\n'),
  iserv,
  exported,
}

t.test('files with the numbers of the makers’ samples meet nobody of the demo’s school', async t => {
  const school = await startSchool(t)
  const { house } = school
  const plan = (texts: readonly string[], options: Partial<PlanOptions> = {}) =>
    systemChange(house.database, house.clock, 'command', async change => {
      const files = texts.map((text, index) => {
        const opened = openFile(index, `${index}.csv`, Buffer.from(text), null)
        if (opened.state !== 'read') throw new Error(`${index}.csv is ${opened.state}`)
        return opened.file
      })
      return makePlan(files, await loadRoll(change, change.at), { complete: false, custody: 'as-in-file', ...options })
    })
  for (const [name, text] of Object.entries(all)) {
    const found = await plan([text])
    t.same(found.problems, [], name)
    t.equal(found.pupils.new.length, found.rows.read, name)
    t.same(found.pupils.changed, [], name)
  }
  const together = await plan([iserv, parents], { custody: 'confirm-all' })
  t.equal(together.guardians.new.length, 2)
  t.equal(together.guardianships.new.length, 2)
  t.same(
    together.problems.map(one => one.kind),
    ['child-unknown'],
    'only the child that the list of pupils does not have',
  )
  const alone = await plan([parents])
  t.same(
    [alone.rows, alone.guardianships.new],
    [{ read: 3, leftOut: 3 }, []],
    'no number belongs to somebody else here',
  )
})
