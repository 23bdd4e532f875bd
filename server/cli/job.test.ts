import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'smol-toml'
import t from 'tap'
import { checkConfig } from '../config.ts'
import { openHouse } from '../main.ts'
import { folderFor } from '../test/folder.ts'

async function prepare(folder: string, audit: object, now?: () => number) {
  const settings = {
    data: join(folder, 'data'),
    origin: 'https://localhost:8443',
    networks: ['127.0.0.0/8'],
    audit,
  }
  const file = join(folder, 'pforte.toml')
  writeFileSync(file, stringify(settings))
  const { close } = await openHouse(checkConfig(settings), { migrate: true, ...(now ? { now } : {}) })
  await close()
  return (...args: string[]) => {
    const command = [join(import.meta.dirname, 'pforte.ts'), ...args, '--config', file]
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
    return { code: status, out: stdout, said: stderr }
  }
}

t.test('a task says in words what came of it', async t => {
  const pforte = await prepare(folderFor(t), {})
  t.match(pforte('job', 'sessions'), { code: 0, out: 'sessions: 0 erledigt\n' })
  t.match(pforte('job', 'audit-verify'), { code: 0, out: /^\d+ Aufzeichnung(en)? geprüft, unversehrt\.\n$/ })
  t.match(pforte('job', 'audit-prune'), { code: 0, out: /^0 Aufzeichnungen gelöscht/ })
  t.match(pforte('job', 'audit-witness'), { code: 1, out: /kein Ordner dafür eingestellt/ })
  for (const args of [
    ['import', '--map'],
    ['audit', 'verify', '--witness'],
    ['import', '--wrong=1'],
  ]) {
    const { code, said } = pforte(...args)
    t.equal(code, 2, args.join(' '))
    t.notMatch(said, /\n\s+at /, 'a sentence, not a stack')
  }
})

t.test('a folder outside that is missing is a sentence, too', async t => {
  const folder = folderFor(t)
  const witness_folder = join(folder, 'witness')
  const pforte = await prepare(folder, { witness_folder })
  t.match(pforte('job', 'audit-witness'), { code: 2, said: /^Kein Zeugnis abgelegt: [^\n]* eingehängt\?\n$/ })
  mkdirSync(witness_folder)
  t.match(pforte('job', 'audit-witness'), { code: 0, out: /Ein Zeugnis/ })
  t.match(pforte('job', 'audit-witness'), { code: 0, out: /liegt schon/ })
})

t.test('nothing is deleted by a clock that goes wrong, and the task says so', async t => {
  const pforte = await prepare(folderFor(t), {}, () => Date.now() + 5 * 86_400_000)
  t.match(pforte('job', 'audit-prune'), { code: 1, out: /^Nichts gelöscht: Der Uhr[^\n]*\nWas tun\?/ })
})
