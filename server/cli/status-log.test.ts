import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { checkConfig } from '../config.ts'
import { folderFor } from '../test/folder.ts'
import { ToldLog } from '../test/told-log.ts'
import { logFindings } from './status-log.ts'

const hour = 3_600_000

t.test('status reads how the log stands, and says what to do', async t => {
  const log = new ToldLog(join(folderFor(t), 'data'), '2026-11-10T07:00:00Z')
  await log.append(1)
  await log.close()
  const settings = { data: log.folder, origin: 'https://p.example', networks: ['127.0.0.0/8'] }
  const config = checkConfig(settings)
  const lights = async (now = log.now, running = true, given = config) =>
    (await logFindings(given, running, now)).map(({ light, text }) => `${light} ${text}`)
  const all = async (...given: Parameters<typeof lights>) => (await lights(...given)).join('\n')

  t.match(await lights(), [/^GELB Es gibt 0 Prüfende/])
  await log.enrol()
  await log.close()
  t.match(await lights(), [/^GRÜN/])
  t.match(await all(log.now + 3 * hour), /^ROT .*seit über zwei Stunden/)
  t.match(await lights(log.now + 3 * hour, false), [/^GRÜN/], 'a portal that rests writes nothing')
  t.match(await all(log.now + 73 * hour, false), /^GELB .*drei Tagen/)

  const tell = async (kind: 'verify_ok' | 'verify_failed' | 'restore_acknowledged', fields: Record<string, number>) => {
    await (await log.writer()).note(kind as never, fields as never, log.moment)
    await log.close()
  }
  await tell('verify_failed', { seg: 0 })
  t.match(await all(), /^ROT .*NICHT unversehrt/)
  await tell('verify_ok', { records: 1 })
  t.match(await lights(), [/^GRÜN/])

  const add = (entry: object) => {
    const database = new DatabaseSync(log.path)
    const body = JSON.stringify({ t: log.now, ...entry })
    database.exec(`INSERT INTO audit_ledger (idx, body, leaf)
      SELECT max(idx) + 1, '${body}', zeroblob(32) FROM audit_ledger`)
    database.close()
  }
  add({ k: 'clock_step', before: log.now, after: log.now - hour, doubt: 'behind' })
  t.match(await all(), /^GELB Der Uhr/)
  add({ k: 'clock_confirmed', by: 'admin' })
  t.match(await lights(), [/^GRÜN/])
  add({ k: 'restore_detected', generation: 2, old_size: 9, new_size: 3 })
  add({ k: 'restore_acknowledged', auditor: 1 })
  add({ k: 'restore_acknowledged', auditor: 1 })
  t.match(await all(), /^ROT .*älteres ersetzt/, 'one auditor twice is not two')
  add({ k: 'restore_acknowledged', auditor: 2 })
  t.match(await lights(), [/^GRÜN/])

  rmSync(log.path)
  t.match(await all(), /^ROT Das Protokoll ist nicht lesbar/)
})

t.test('the folder outside is looked for', async t => {
  const folder = folderFor(t)
  const log = new ToldLog(join(folder, 'data'), '2026-11-10T07:00:00Z')
  await log.enrol()
  await log.close()
  const settings = { data: log.folder, origin: 'https://p.example', networks: ['127.0.0.0/8'] }
  const last = async (witness_folder: string) => {
    const config = checkConfig({ ...settings, audit: { witness_folder } })
    return (await logFindings(config, true, log.now)).at(-1)
  }
  t.match(await last(join(folder, 'none')), { light: 'GELB', text: /fehlt/, todo: /eingehängt/ })
  const near = join(folder, 'near')
  mkdirSync(near)
  t.match(await last(near), { light: 'GELB', text: /demselben Datenträger/ })
  const far = `/dev/shm/pforte-status-${process.pid}`
  mkdirSync(far)
  t.teardown(() => rmSync(far, { recursive: true }))
  t.match(await last(far), { light: 'GELB', text: /noch kein Zeugnis/ })
  writeFileSync(join(far, 'p.example-audit-1234abcd-2026-11-07-12.txt'), '')
  t.match(await last(far), { light: 'GELB', text: /alt: 2026-11-07/ })
  writeFileSync(join(far, 'p.example-audit-1234abcd-2026-11-09-12-0123abcd.txt'), '')
  t.match(await last(far), { light: 'GRÜN', text: /2026-11-09/ })
})
