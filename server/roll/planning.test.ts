import { readFileSync } from 'node:fs'
import t from 'tap'
import { type CaptionOf, openFile } from './files.ts'
import type { KnownRoll } from './known.ts'
import type { Plan, PlanOptions, Reference } from './plan.ts'
import { makePlan } from './planning.ts'

const today = '2026-11-21'
const empty: KnownRoll = { today, pupils: [], guardians: [], guardianships: [], classes: [], invited: new Set() }

function plan(
  contents: readonly (string | Buffer)[],
  roll = empty,
  options: Partial<PlanOptions> = {},
  captionOf: CaptionOf | null = null,
) {
  const files = contents.map((content, index) => {
    const opened = openFile(index, `${index}.csv`, Buffer.from(content as string), captionOf)
    if (opened.state !== 'read') throw new Error(`${index}.csv is ${opened.state}`)
    return opened.file
  })
  return makePlan(files, roll, { complete: false, custody: 'as-in-file', ...options })
}

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../test/fixtures/roll/${name}`, import.meta.url))
}

/** The roll as it would be after a plan: a second, simple account of what applying means. */
function after(done: Plan, roll: KnownRoll): KnownRoll {
  const id = (kind: string, reference: Reference) =>
    'id' in reference ? reference.id : `${kind}${roll.pupils.length}-${reference.new}`
  const classes = [
    ...roll.classes.map(one => ({ ...one, ended: one.ended && !done.classes.some(made => made.id === one.id) })),
  ]
  for (const made of done.classes)
    if (made.id === null) classes.push({ id: `c${classes.length}`, name: made.name, ended: false })
  const classId = (name: string | null) => classes.find(one => one.name === name)?.id ?? null
  const pupils = roll.pupils.map(pupil => {
    const leaving = done.pupils.leaving.find(one => one.id === pupil.id)
    const changes = done.pupils.changed.find(one => one.id === pupil.id)?.changes ?? []
    const next: Record<string, unknown> = { ...pupil, left_on: leaving?.on ?? pupil.left_on }
    for (const { field, to } of changes)
      next[field === 'class' ? 'class_id' : field] = field === 'class' ? classId(to) : to
    return next as unknown as KnownRoll['pupils'][number]
  })
  for (const [index, { class: name, leaves_on, rows: _, ...pupil }] of done.pupils.new.entries()) {
    pupils.push({
      ...pupil,
      id: id('p', { new: index }),
      left_on: leaves_on,
      registered: false,
      class_id: classId(name),
    })
  }
  const guardians = roll.guardians.map(guardian => {
    const changes = done.guardians.changed.find(one => one.id === guardian.id)?.changes ?? []
    return { ...guardian, ...Object.fromEntries(changes.map(({ field, to }) => [field, to])) }
  })
  for (const [index, { rows: _, ...guardian }] of done.guardians.new.entries()) {
    guardians.push({ ...guardian, id: id('g', { new: index }), registered: false })
  }
  const guardianships = roll.guardianships.map(link => ({
    ...link,
    custody: done.guardianships.changed.find(one => one.id === link.id)?.to ?? link.custody,
  }))
  for (const [index, link] of done.guardianships.new.entries()) {
    guardianships.push({
      id: id('l', { new: index }),
      guardian_id: id('g', link.guardian),
      pupil_id: id('p', link.pupil),
      custody: link.custody,
      until_on: null,
    })
  }
  const invited = new Set([...roll.invited, ...done.codesFor.guardianships.map(one => id('l', one))])
  return { today: roll.today, pupils, guardians, guardianships, classes, invited }
}

function kinds(found: Plan): string[] {
  return found.problems.map(one => `${one.row} ${one.kind}`)
}

function counts(found: Plan) {
  return {
    new: found.pupils.new.length,
    changed: found.pupils.changed.length + found.guardians.changed.length + found.guardianships.changed.length,
    unchanged: found.pupils.unchanged,
    leaving: found.pupils.leaving.length,
    guardians: found.guardians.new.length,
    links: found.guardianships.new.length,
    codes: found.codesFor.guardianships.length,
  }
}

t.test('a first import makes children, classes, guardians and codes', async t => {
  const found = plan([fixture('danis-wide.csv')])
  t.same(kinds(found), [])
  t.same(counts(found), { new: 3, changed: 0, unchanged: 0, leaving: 0, guardians: 4, links: 6, codes: 5 })
  t.same(
    found.classes.map(one => one.name),
    ['6b', '9a'],
  )
  t.same(
    found.pupils.gone.map(one => one.name),
    ['Renée Weiß'],
    'who left before is not stored',
  )
  t.same(found.custody, { yes: 5, no: 1, unknown: 0 })
  t.same(found.siblings[0], { guardian: 'Ayse Özdemir', children: ['Elif Özdemir', 'Emir Özdemir'] })
  t.same(
    found.repeated.map(one => [one.name, one.reasons]),
    [
      ['Ayse Özdemir', ['address', 'mail', 'phone']],
      ['Kemal Özdemir', ['address', 'phone']],
    ],
  )
})

t.test('the same files again change nothing, in every layout', async t => {
  const magellan = {
    pupil_given_name: 'SchuelerVorname',
    pupil_family_name: 'SchuelerNachname',
    pupil_born_on: 'SchuelerGeburtsdatum',
    guardian_given_name: 'SorgebeVorname',
    guardian_family_name: 'SorgebeNachname',
  } as const
  const sets: [string[], Partial<PlanOptions>, CaptionOf | null][] = [
    [['danis-wide.csv'], { complete: true }, null],
    [['danis-pupils-cp1252.csv', 'parents.csv'], { custody: 'confirm-all' }, null],
    [['iserv-pupils.csv', 'parents.csv', 'iserv-users.csv'], {}, null],
    [['magellan.csv'], { complete: true }, magellan],
  ]
  for (const [names, options, captionOf] of sets) {
    const first = plan(names.map(fixture), empty, options, captionOf)
    t.ok(first.pupils.new.length > 0 && first.guardians.new.length > 0, names.join(' + '))
    const second = plan(names.map(fixture), after(first, empty), options, captionOf)
    t.same(
      counts(second),
      { new: 0, changed: 0, unchanged: first.pupils.new.length, leaving: 0, guardians: 0, links: 0, codes: 0 },
      names.join(' + '),
    )
  }
})

t.test('a table of parents, with its pupils or after them', async t => {
  const together = plan([fixture('parents.csv'), fixture('danis-pupils-cp1252.csv')])
  t.same(kinds(together), ['6 child-unknown'])
  t.same(counts(together), { new: 3, changed: 0, unchanged: 0, leaving: 0, guardians: 3, links: 4, codes: 0 })
  t.same(together.custody, { yes: 0, no: 0, unknown: 4 }, 'nobody gets a code before the office has confirmed custody')
  const pupils = plan([fixture('danis-pupils-cp1252.csv')])
  const later = plan([fixture('parents.csv')], after(pupils, empty), { complete: true })
  t.same(
    counts(later),
    { new: 0, changed: 0, unchanged: 0, leaving: 0, guardians: 3, links: 4, codes: 0 },
    'a file of parents says nothing about who left',
  )
  const confirmed = plan([fixture('parents.csv')], after(later, after(pupils, empty)), { custody: 'confirm-all' })
  t.same([confirmed.guardianships.changed.length, confirmed.codesFor.guardianships.length], [4, 4])
})

t.test('a known parent who is joined to a strange child stands out, whoever fits does not', async t => {
  const known = after(plan([fixture('danis-wide.csv')]), empty)
  const head = 'Vorname;Nachname;Adresse;E-Mail;Telefonnummer;Kind-ID\n'
  const ayse = 'Ayse;Özdemir;Mühlgasse 4, 02763 Auental;ayse.oezdemir@familie.example;03583 4711'
  const found = plan([`${head}${ayse};0714401\n${ayse};0714403\n`], known)
  t.same(counts(found), { new: 0, changed: 0, unchanged: 0, leaving: 0, guardians: 0, links: 1, codes: 0 })
  t.same([found.guardians.unchanged, found.guardianships.unchanged], [1, 1], 'two rows, two links')
  t.match(found.guardianships.new, [
    { names: { guardian: 'Ayse Özdemir', pupil: 'Jonne Groß-Lüdtke' }, doubtful: true },
  ])
  t.same(kinds(found), ['3 link-doubtful'])
  for (const row of [
    'Uwe;Lüdtke;Weg 1, 1 Ort;;;0714403',
    'Uwe;Kern;Am Wehr 12a, 02763 Auental;;;0714403',
    'Ayse;Özdemir;;;;0714402',
  ]) {
    t.same(kinds(plan([`${head}${row}\n`], known)), [], row)
  }
  const childless = { ...known, guardianships: [] }
  t.same(kinds(plan([`${head}${ayse};0714403\n`], childless)), [], 'nobody else is there to compare with')
})

t.test('who is no longer named for a child in the whole roll is said', async t => {
  const text = fixture('danis-wide.csv').toString()
  const before = after(plan([text]), empty)
  t.same(plan([text], before, { complete: true }).guardianships.missing, [])
  const without = text.replace(/Özdemir;Kemal;Mühlgasse 4;02763;Auental;;0152 0000111;Ja/, ';;;;;;;')
  t.same(plan([without], before).guardianships.missing, [], 'a part says nothing about the rest')
  t.match(plan([without], before, { complete: true }).guardianships.missing, [
    { guardian: 'Kemal Özdemir', pupil: 'Emir Özdemir', custody: 'yes' },
  ])
  const damaged = without.replace('22.11.2011', '31.02.2011')
  t.same(plan([damaged], before, { complete: true }).guardianships.missing, [], 'a row that is left out says nothing')
  const pupils = plan([fixture('danis-pupils-cp1252.csv')], before, { complete: true })
  t.same(pupils.guardianships.missing, [], 'nor does a file without guardians')
})

t.test('every damage is found and its row left out', async t => {
  const found = plan([fixture('danis-pupils-cp1252.csv'), fixture('excel-damage.csv')])
  const stops = found.problems.filter(one => one.severity === 'stop').map(one => `${one.row} ${one.kind}`)
  t.same(stops, [
    '2 phone-letters',
    '2 names-swapped',
    '3 names-swapped',
    '5 id-lost-zero',
    '6 id-exponent',
    '7 name-digits',
    '8 formula',
    '9 name-lines',
    '10 name-broken',
    '10 name-broken',
    '14 formula',
  ])
  const warnings = found.problems.filter(one => one.severity === 'warning').map(one => `${one.row} ${one.kind}`)
  t.same(warnings, ['11 phone-words', '11 mail-shared', '12 mail-shared', '13 mail-format'])
  t.same(
    found.guardians.new.map(one => one.given_name),
    ['Kemal', 'Britta', 'Henning', 'Ulla'],
  )
  t.equal(found.guardians.new[3]?.email, null, 'a mail that nobody can write to is not stored')
  t.match(
    found.problems.find(one => one.kind === 'id-lost-zero'),
    { value: '714403', values: { id: '0714403' } },
  )
})

t.test('nobody is merged by a mail alone', async t => {
  const head = 'Vorname;Nachname;E-Mail;Telefon;Kind-ID\n'
  const shared = plan([
    fixture('danis-pupils-cp1252.csv'),
    `${head}Ayse;Özdemir;wir@familie.example;;0714401\nKemal;Özdemir;wir@familie.example;;0714401\n`,
  ])
  t.equal(shared.guardians.new.length, 2)
  const namesakes = plan([fixture('danis-pupils-cp1252.csv'), `${head}Anna;Müller;;;0714401\nAnna;Müller;;;0714403\n`])
  t.equal(namesakes.guardians.new.length, 2, 'the same name alone is not enough either')
  const same = plan([
    fixture('danis-pupils-cp1252.csv'),
    `${head}Anna;Müller;a@b.example;;0714401\nAnna;Müller;A@b.example;;0714403\n`,
  ])
  t.equal(same.guardians.new.length, 1)
})

t.test('changes are named field by field', async t => {
  const before = after(plan([fixture('danis-wide.csv')]), empty)
  const text = fixture('danis-wide.csv').toString()
  const found = plan(
    [
      text
        .replace(/;Emir;22/, ';Emirhan;22')
        .replace(';9a;', ';10A;')
        .replaceAll('03583 4711', '03583 4712'),
    ],
    before,
  )
  t.same(
    found.pupils.changed.map(one => one.changes),
    [
      [
        { field: 'given_name', from: 'Emir', to: 'Emirhan' },
        { field: 'class', from: '9a', to: '10A' },
      ],
    ],
  )
  t.same(
    found.guardians.changed.map(one => one.changes),
    [[{ field: 'phone', from: '03583 4711', to: '03583 4712' }]],
  )
  t.same(found.classes, [{ name: '10A', id: null }])
  t.equal(
    plan([text.replace(';9a;', ';09 A;')], before).pupils.changed.length,
    0,
    'a class written differently is the same',
  )
})

t.test('who is missing from the whole roll leaves; who stands in a bad row does not', async t => {
  const before = after(plan([fixture('danis-wide.csv')]), empty)
  const lines = fixture('danis-wide.csv').toString().split('\r\n')
  const without = lines.filter(line => !line.startsWith('0714402')).join('\r\n')
  t.same(plan([without], before).pupils.leaving, [], 'only where the file is said to be complete')
  t.match(plan([without], before, { complete: true }).pupils.leaving, [
    { name: 'Emir Özdemir', class: '9a', on: '2026-11-20', why: 'absent' },
  ])
  for (const damage of ['714402', '7,1E+05']) {
    const damaged = plan([lines.join('\r\n').replace('0714402', damage)], before, { complete: true })
    t.same(damaged.pupils.leaving, [], damage)
    t.ok(damaged.problems.some(one => one.severity === 'stop'))
  }
  const dated = plan([lines.join('\r\n').replace('01.08.2022;;', '01.08.2022;31.10.2026;')], before)
  t.match(dated.pupils.leaving, [{ name: 'Emir Özdemir', on: '2026-10-31', why: 'date' }])
  const left = after(dated, before)
  t.match(
    plan([lines.join('\r\n')], left).pupils.changed,
    [{ changes: [{ field: 'left_on', from: '2026-10-31', to: null }] }],
    'and may come back',
  )
})

t.test('a file answers open custody and takes it away, but never gives it back', async t => {
  const first = after(plan([fixture('danis-pupils-cp1252.csv'), fixture('parents.csv')]), empty)
  const wide = fixture('danis-wide.csv').toString()
  const answered = plan([wide], first)
  t.ok(answered.guardianships.changed.every(one => one.from === 'unknown' && one.to === 'yes'))
  const second = after(answered, first)
  const taken = plan(
    [wide.replaceAll('0152 0000111;Ja', '0152 0000111;').replaceAll('+49 152 0000111;Ja', '+49 152 0000111;')],
    second,
  )
  t.same(
    taken.guardianships.changed.map(one => [one.guardian, one.to]),
    [
      ['Kemal Özdemir', 'no'],
      ['Kemal Özdemir', 'no'],
    ],
  )
  const back = plan([wide], after(taken, second))
  t.same(back.guardianships.changed, [])
  t.same(kinds(back), ['2 custody-differs', '3 custody-differs'])
  t.same(back.codesFor.guardianships, [])
})

t.test('codes: not for who has an account, not for the guardians of an adult, one for the adult', async t => {
  const first = after(plan([fixture('danis-wide.csv')]), empty)
  const registered = {
    ...first,
    guardians: first.guardians.map(one => ({ ...one, registered: one.given_name === 'Ayse' })),
  }
  const text = fixture('danis-wide.csv').toString()
  const row = text.split('\r\n')[2]?.replace('0714402', '0714409').replace('Emir;Emir', 'Efe;Efe') ?? ''
  const sibling = plan([`${text}${row}\r\n`], registered)
  t.same([sibling.guardians.new.length, sibling.guardianships.new.length], [0, 2])
  t.same(sibling.codesFor.guardianships, [{ new: 1 }], 'Kemal gets one, Ayse needs none')
  t.same(sibling.opened, [{ guardian: 'Ayse Özdemir', child: 'Efe Özdemir' }])
  const adult = plan([text.replace('22.11.2011', '20.11.2008')])
  t.same([adult.codesFor.guardianships.length, adult.codesFor.pupils.length], [3, 1])
})

t.test('contradictions, other ids, impossible days, damaged classes', async t => {
  const head = 'Import-ID;Vorname;Nachname;Klasse;Geburtsdatum\n'
  const one = (rows: string, roll = empty) => kinds(plan([`${head}${rows}`], roll))
  t.same(one('1;Ida;Voß;5a;01.02.2015\n1;Ida;Voß;5a;01.02.2015\n'), [])
  t.same(one('1;Ida;Voß;5a;01.02.2015\n1;Ida;Voß;5b;01.02.2015\n'), ['2 id-twice', '3 id-twice'])
  t.same(one('1;Ida;Voß;5a;31.02.2015\n2;Ulf;Voß;5a;01.02.2051\n'), ['2 birth-impossible', '3 birth-impossible'])
  t.same(one('1;Ida;Voß;05. Jan;\n2;Ulf;Voß;01.05.2026;\n3;Pia;Voß;;\n'), [
    '2 class-date',
    '3 class-date',
    '4 class-missing',
  ])
  t.same(one(';Ida;Voß;5a;\n'), ['2 id-missing'])
  t.same(one('1;Ida;Voß;5a;01.02.2015;x\n'), ['2 row-long'])
  const known = after(plan([`${head}1;Ida;Voß;5a;01.02.2015\n`]), empty)
  t.same(one('2;Ida;Voß;5a;01.02.2015\n', known), ['2 id-other'])
  t.same(one('1;Ulf;Kern;5a;03.04.2014\n', known), ['2 id-used'], 'a number that belongs to another child')
  t.same(one('1;Ida;Kern;5a;01.02.2015\n', known), [], 'a new family name is only a change')
})

t.test('names in the wrong columns, and people who are only called so', async t => {
  const head = 'Import-ID;Vorname;Nachname;Klasse\n'
  const one = (rows: string) => kinds(plan([`${head}${rows}`]))
  t.same(one('1;Mustermann;Max;5a\n2;Lena;Brandt;5a\n'), ['2 names-swapped'])
  t.same(one('1;"Mustermann;Max";;5a\n2;;"Brandt, Lena";5a\n3;"Anna, Lena";Voß;5a\n'), [
    '2 names-together',
    '2 name-missing',
    '3 names-together',
    '3 name-missing',
  ])
  t.same(one('1;Ida;Hermann;5a\n2;Martin;Peter;5a\n3;Yusra;Otto;5a\n4;Simon;Paul;5a\n5;Nuri;Can;5a\n'), [])
  t.same(one('1;Yusra;Sabine;5a\n2;Lena;Brandt;5a\n'), ['2 names-swapped-perhaps'])
  t.same(one('1;Brandt;Lena;5a\n2;Zügel;Ida;5a\n3;Quast;Emma;5a\n4;Voß;Finn;5a\n').length, 4)
  t.ok(
    one('1;Brandt;Lena;5a\n2;Zügel;Ida;5a\n3;Quast;Emma;5a\n4;Voß;Finn;5a\n').every(kind =>
      kind.endsWith('names-swapped'),
    ),
  )
})

t.test('the plan is the same for the same, and its mark another for anything else', async t => {
  const one = plan([fixture('danis-wide.csv')])
  t.same(one, plan([fixture('danis-wide.csv')]))
  const marks = [
    one.stateHash,
    plan([fixture('danis-wide.csv')], empty, { complete: true }).stateHash,
    plan([`${fixture('danis-wide.csv').toString()} `]).stateHash,
    plan([fixture('danis-wide.csv')], after(plan([fixture('danis-pupils-cp1252.csv')]), empty)).stateHash,
  ]
  t.equal(new Set(marks).size, marks.length)
})

t.test('five thousand rows are planned at once', async t => {
  const lines = [
    'SchuelerIdentNummer;SchuelerNachname;SchuelerRufname;SchuelerGeburtsdatum;GruppeBezeichnung;Verantw1Nachname;Verantw1Vorname;Verantw1EMail;Verantw1Erziehungsberechtigt;Verantw2Nachname;Verantw2Vorname;Verantw2Telefon1;Verantw2Erziehungsberechtigt',
  ]
  const letters = (number: number) => [...String(number)].map(digit => 'abcdefghij'[Number(digit)]).join('')
  for (let index = 0; index < 5000; index++) {
    const family = `Berg${letters(Math.floor(index / 2))}`
    lines.push(
      `0${100000 + index};${family};Kind${letters(index)};01.02.201${index % 9};${5 + (index % 6)}${'abcd'[index % 4]};${family};Anke;anke.${family}@familie.example;Ja;${family};Uwe;0151 ${1000000 + Math.floor(index / 2)};Ja`,
    )
  }
  const text = lines.join('\r\n')
  const start = performance.now()
  const first = plan([text])
  const second = plan([text], after(first, empty), { complete: true })
  const took = performance.now() - start
  t.same(counts(first), {
    new: 5000,
    changed: 0,
    unchanged: 0,
    leaving: 0,
    guardians: 5000,
    links: 10_000,
    codes: 10_000,
  })
  t.same(counts(second), { new: 0, changed: 0, unchanged: 5000, leaving: 0, guardians: 0, links: 0, codes: 0 })
  t.ok(took < 5000, `two plans took ${Math.round(took)} ms`)
  t.comment(`two plans took ${Math.round(took)} ms`)
})
