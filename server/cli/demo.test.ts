import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { folderFor } from '../test/folder.ts'

t.test('the demo leaves settings with which every command works on its school', async t => {
  const data = join(folderFor(t), 'demo')
  const run = (program: string, ...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, program), ...args], {
      encoding: 'utf8',
      env: { ...process.env, PFORTE_DATA: data },
    })
  t.match(run('demo.ts', '--prepare'), { status: 0 })
  t.match(run('demo.ts', '--codes'), { status: 0, stdout: /Emil +ampel brunnen/ }, 'and tells what opens its log')
  const settings = ['--config', join(data, 'pforte.toml')]
  t.match(run('pforte.ts', ...settings, 'audit', 'verify'), { status: 0, stdout: /unversehrt/ })
  t.match(run('pforte.ts', ...settings, 'job', 'audit-verify'), { status: 0, stdout: /geprüft, unversehrt/ })
})
