import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const command = join(import.meta.dirname, 'pforte.ts')
const fixtures = join(import.meta.dirname, '../test/fixtures/roll')

function run(folder: string, ...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [command, ...args, '--config', join(folder, 'pforte.toml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (part: Buffer) => {
    out += part
  })
  child.stderr.on('data', (part: Buffer) => {
    err += part
  })
  return new Promise(resolve => child.on('close', status => resolve({ status, out, err })))
}

t.test(
  'the command reads lists in, previews, says JSON, keeps codes for their owner, and refuses in one sentence',
  async t => {
    const folder = t.testdir({ data: {} })
    const lines = [
      `data = "${folder}/data"`,
      'origin = "https://pforte.example"',
      'networks = ["127.0.0.0/8"]',
      '[listen]',
    ]
    writeFileSync(join(folder, 'pforte.toml'), lines.join('\n'))
    t.equal((await run(folder, 'migrate')).status, 0)
    const list = join(fixtures, 'danis-wide.csv')

    const preview = await run(folder, 'import', list, '--preview')
    t.equal(preview.status, 0, preview.err)
    t.match(preview.out, /3 {2}neue Kinder/)
    t.match(preview.out, 'Noch wird nichts übernommen.')
    t.match(preview.out, 'Neue Klassen: 6b, 9a.')
    t.match(preview.out, /5 {2}mit Sorgerecht\n +1 {2}ohne Sorgerecht\n +0 {2}Personen mit unbekanntem Sorgerecht/)
    t.match(preview.out, /6 {2}neue Verbindungen Eltern – Kind/)
    t.match(preview.out, '        Ansgar Groß → Jonne Groß-Lüdtke\n')
    t.match(preview.out, 'Geschwister: Sie haben dieselbe erziehungsberechtigte Person.')
    t.match(preview.out, 'Kemal Özdemir → Elif Özdemir und Emir Özdemir')
    t.match(preview.out, 'Kemal Özdemir: Gleich sind Name und Adresse und Telefon.')

    const codes = join(folder, 'codes.csv')
    const first = await run(folder, 'import', list, '--json', '--codes', codes)
    t.equal(first.status, 0, first.err)
    const done = JSON.parse(first.out)
    t.match(done, { applied: true, new: { length: 3 }, codes: { entitled: 5, made: 5 }, problems: [] })
    t.match(done.guardianships.new, { length: 6, 0: { names: { guardian: 'Ayse Özdemir', pupil: 'Elif Özdemir' } } })
    t.equal(statSync(codes).mode & 0o777, 0o600)
    t.equal(readFileSync(codes, 'utf8').match(/\w{4}(-\w{4}){3}/g)?.length, 5)
    t.equal(first.err, '', 'no progress where nobody watches')

    const second = JSON.parse((await run(folder, 'import', list, '--json', '--complete')).out)
    t.match(second, {
      new: { length: 0 },
      changed: { length: 0 },
      unchanged: 3,
      leaving: { length: 0 },
      codes: { entitled: 0 },
    })
    const overwriting = await run(folder, 'import', list, '--codes', codes)
    t.equal(overwriting.status, 2, 'codes never overwrite a file')

    const damaged = await run(folder, 'import', join(fixtures, 'excel-damage.csv'))
    t.equal(damaged.status, 1)
    t.match(damaged.out, '✗ Zeile 5: Die Nummer hat wohl eine Null verloren. Es gibt 0714403. [714403]')

    const part = join(fixtures, 'iserv-pupils.csv')
    const leaving = await run(folder, 'import', part, '--complete')
    t.equal(leaving.status, 2)
    t.match(leaving.err, '--leaving 1')
    t.equal((await run(folder, 'import', part, '--complete', '--leaving', '1')).status, 0)

    const unknown = await run(folder, 'import', join(fixtures, 'magellan.csv'))
    t.equal(unknown.status, 2)
    t.match(unknown.err, 'SorgebeNachname')
    const mapping = [
      'pupil_given_name=SchuelerVorname',
      'pupil_family_name=SchuelerNachname',
      'pupil_born_on=SchuelerGeburtsdatum',
      'guardian_given_name=SorgebeVorname',
      'guardian_family_name=SorgebeNachname',
    ].flatMap(one => ['--map', one])
    t.equal((await run(folder, 'import', join(fixtures, 'magellan.csv'), '--preview', ...mapping)).status, 0)

    const huge = join(folder, 'riesig.csv')
    writeFileSync(huge, Buffer.alloc(50 * 1024 * 1024, 'a;b\n'))
    const refused = await run(folder, 'import', huge)
    t.equal(refused.status, 2)
    t.match(refused.err, /^Die Datei „riesig\.csv“ ist größer als 10 MB[^\n]*\n$/)
    t.equal((await run(folder, 'import')).status, 2)
    const help = await run(folder, 'import', '--help')
    t.equal(help.status, 0)
    t.match(help.out, '--confirm-custody   die Dateien nennen nur Personen mit Sorgerecht')
    const wrong = await run(folder, 'import', list, '--nonsense')
    t.equal(wrong.status, 2)
    t.equal(wrong.err, '--nonsense: Diese Angabe ist unbekannt oder unvollständig. Hilfe: pforte import --help\n')
    t.equal((await run(folder, 'import', list, '--map', 'nonsense')).status, 2)
    t.notOk(existsSync(join(folder, 'data/codes.csv')))
  },
)
