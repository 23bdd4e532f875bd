import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startPortal } from '../main.ts'
import { startEmpty } from '../test/empty.ts'
import { folderFor } from '../test/folder.ts'
import { lockData } from './lock.ts'

const taken = { message: /anderen Pforte-Prozess/ }

t.test('the data folder belongs to one process', async t => {
  const { portal } = await startEmpty(t)
  const { config } = portal.house

  t.test('a second start on the same data is refused in one sentence (R13)', async t => {
    const refusal = {
      message: `Die Daten in ${config.data} gehören gerade einem anderen Pforte-Prozess. Bitte zuerst diesen beenden.`,
    }
    await t.rejects(startPortal({ ...config, listen: { ...config.listen, port: config.listen.port - 1 } }), refusal)
    await t.rejects(lockData(config.data), taken)
  })

  t.test('only its owner may look into it', async t => {
    t.equal(statSync(config.data).mode & 0o777, 0o700)
    t.equal(statSync(join(config.data, 'keys/pepper')).mode & 0o777, 0o600)
  })
})

t.test('a lock that was given back, and one whose owner was killed, can be taken (R13)', async t => {
  const data = folderFor(t)
  const first = await lockData(data)
  await t.rejects(lockData(data), taken)
  await first.close()
  await (await lockData(data)).close()
  const program = `import { lockData } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))}
await lockData(${JSON.stringify(data)}); process.stdout.write('held'); setInterval(() => {}, 1e6)`
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(owner.stdout, 'data')
  await t.rejects(lockData(data), taken)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  await (await lockData(data)).close()
})
