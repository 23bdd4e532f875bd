import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { folderFor } from '../test/folder.ts'
import { Served } from '../test/served.ts'
import { ToldLog } from '../test/told-log.ts'

interface Said {
  readonly code: number
  readonly out: string
  readonly said: string
}

function run(program: string, ...args: string[]): Promise<Said> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(import.meta.dirname, program), ...args], (error, out, said) =>
      resolve({ code: Number(error?.code ?? 0), out, said }),
    )
  })
}
const pforte = (...args: string[]) => run('pforte.ts', ...args)
const alone = (...args: string[]) => run('../audit/verify.ts', ...args)
const wholeLine = /^Das Protokoll ist unversehrt: [^\n]* Aufzeichnung(en)? in [^\n]*, geprüft bis [^\n]*\.\n$/

t.test('the portal’s log is checked while the portal writes it', async t => {
  const served = await Served.prepare(t)
  t.equal(await served.start(), null)
  const parent = await served.as('ada')
  const settings = ['--config', join(served.data, 'pforte.toml')]
  const checking = pforte('audit', 'verify', ...settings)
  for (let page = 0; page < 20; page += 1) t.equal((await parent.get('/')).status, 200)
  t.match(await checking, { code: 0, out: wholeLine, said: /Kein Zeugnis von außen/ })
  t.match(await alone(served.data), { code: 0, out: wholeLine })

  const note = readFileSync(join(served.data, 'anchor/last'), 'utf8')
  const witness = join(served.data, 'note.txt')
  writeFileSync(witness, note)
  await served.stop()
  t.match(await pforte('audit', 'verify', '--witness', witness, ...settings), { code: 0, out: wholeLine })
  t.match(await pforte('audit', 'verify', '--witness', join(served.data, 'none'), ...settings), {
    code: 2,
    out: /^Das Protokoll ließ sich nicht prüfen: [^\n]*\n$/,
  })
  t.match(await pforte('audit', 'look', ...settings), { code: 2, said: /So wird der Befehl benutzt/ })
  t.match(await pforte('audit', 'verify', witness, ...settings), { code: 2, said: /So wird der Befehl benutzt/ })
})

t.test('where the log is not whole, one line says where, and the exit status is 2', async t => {
  const log = new ToldLog(folderFor(t), '2026-11-10T07:00:00Z')
  await log.enrol()
  await log.append(2)
  await log.pass(1)
  const early = log.anchor ?? ''
  await log.append(1)
  await log.close()
  const notes = join(log.folder, 'notes')
  mkdirSync(notes)
  writeFileSync(join(notes, '2026-11-10.txt'), early)
  writeFileSync(join(notes, '2026-11-11.txt'), log.anchor ?? '')
  t.match(await alone(log.folder, '--witness', notes), { code: 0, out: wholeLine, said: /Bezeugt sind \d+ Zeilen/ })
  const both = ['--witness', join(notes, '2026-11-10.txt'), join(notes, '2026-11-11.txt')]
  t.match(await alone(log.folder, ...both), { code: 0, out: wholeLine })

  const kept = join(log.folder, 'kept.db')
  copyFileSync(log.path, kept)
  const database = new DatabaseSync(log.path)
  const { sql } = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'audit_rec_remains'").get() ?? {}
  database.exec(`DROP TRIGGER audit_rec_remains; DELETE FROM audit_rec WHERE seg = 1 AND i = 1; ${sql}`)
  database.close()
  const broken = /^Das Protokoll ist NICHT unversehrt: Abschnitt 1 hat 1 Aufzeichnungen, verzeichnet sind 2\.\n$/
  t.match(await alone(log.folder), { code: 2, out: broken })

  copyFileSync(kept, log.path)
  writeFileSync(join(log.folder, 'anchor/last'), early)
  t.match(await alone(log.folder), { code: 0 }, 'an anchor that is one step behind contradicts nothing')
  rmSync(log.path)
  t.match(await alone(log.folder), { code: 2, out: /^Das Protokoll ließ sich nicht prüfen/ })
  writeFileSync(log.path, 'not a database, and long enough to be looked at as one')
  t.match(await alone(log.folder), { code: 2 })
  t.match(await alone(), { code: 2, said: /So wird der Befehl benutzt/ })
})

t.test('witnesses that somebody prepared neither hang the check nor fill its memory', async t => {
  const folder = folderFor(t)
  const log = new ToldLog(join(folder, 'log'), '2026-11-10T07:00:00Z')
  const other = new ToldLog(join(folder, 'other'), '2026-11-10T07:00:00Z')
  for (const one of [log, other]) {
    await one.append(2)
    await one.close()
  }
  const at = (name: string) => join(folder, name)
  const note = log.anchor ?? ''
  const unchecked = (why: RegExp) => ({
    code: 2,
    out: new RegExp(`^Das Protokoll ließ sich nicht prüfen: .*${why.source}`),
  })
  const witnessed = (...paths: string[]) => alone(log.folder, '--witness', ...paths)

  execFileSync('mkfifo', [at('pipe')])
  t.match(await witnessed(at('pipe')), unchecked(/pipe ist keine Datei/))
  writeFileSync(at('large.txt'), `${note}\n`.repeat(10_000))
  t.match(await witnessed(at('large.txt')), unchecked(/höchstens 1 MB/))
  writeFileSync(at('many.txt'), `${note}\n`.repeat(4000))
  t.match(await witnessed(at('many.txt')), { code: 0, out: wholeLine })
  t.match(await witnessed(at('nowhere')), unchecked(/nowhere gibt es nicht\.\n$/))
  writeFileSync(at('words.txt'), 'no note\n')
  t.match(await witnessed(at('words.txt')), unchecked(/enthält keine Notiz/))
  writeFileSync(at('foreign.txt'), other.anchor ?? '')
  t.match(await witnessed(at('foreign.txt')), unchecked(/gehört nicht zu diesem Protokoll/))
  t.match(await alone(log.folder, '--wat'), { code: 2, said: /^So wird der Befehl benutzt: [^\n]*\n$/ })

  const notes = at('notes')
  mkdirSync(notes)
  t.match(await witnessed(notes), unchecked(/enthält keine Notiz/))
  const own = () => alone(log.folder, '--own', notes)
  t.match(await own(), { code: 0, said: /liegt noch keine Notiz/ })
  execFileSync('mkfifo', [join(notes, 'pipe')])
  symlinkSync(join(notes, 'loop'), join(notes, 'loop'))
  symlinkSync('/dev/zero', join(notes, 'zero'))
  writeFileSync(join(notes, 'unfinished.txt'), note.slice(0, -9))
  writeFileSync(join(notes, 'foreign.txt'), other.anchor ?? '')
  writeFileSync(join(notes, 'good.txt'), note.trimEnd())
  const said =
    /übergangen, weil ohne lesbare Notiz: 4\.\n[\s\S]*anderer Protokolle wurden nicht beachtet: 1\.\n[\s\S]*Bezeugt sind/
  t.match(await own(), { code: 0, out: wholeLine, said })
  rmSync(notes, { recursive: true })
  t.match(await own(), { code: 0, out: wholeLine, said: /Zeugenordner aus den Einstellungen ist nicht erreichbar/ })
})
