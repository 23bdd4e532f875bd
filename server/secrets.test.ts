import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadSecrets } from './secrets.ts'
import { folderFor } from './test/folder.ts'

const command = join(import.meta.dirname, 'cli/pforte.ts')

function pforte(settings: string, credentials: string | undefined, ...args: string[]) {
  const { CREDENTIALS_DIRECTORY: _, ...env } = process.env
  const { status, stderr } = spawnSync(process.execPath, [command, ...args, '--config', settings], {
    encoding: 'utf8',
    env: credentials ? { ...env, CREDENTIALS_DIRECTORY: credentials } : env,
  })
  return { code: status, said: stderr }
}

function prepare(folder: string) {
  const data = join(folder, 'data')
  const credentials = join(folder, 'credentials')
  const settings = join(folder, 'pforte.toml')
  mkdirSync(credentials, { recursive: true })
  writeFileSync(join(credentials, 'pepper'), randomBytes(32))
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(join(credentials, 'checkpoint'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(settings, `data = "${data}"\norigin = "https://localhost:8443"\nnetworks = ["127.0.0.0/8"]\n`)
  return { data, credentials, settings }
}

t.test('a command that is not given the service’s keys is refused, makes none and changes nothing', async t => {
  const { data, credentials, settings } = prepare(folderFor(t))
  t.match(pforte(settings, credentials, 'migrate'), { code: 0 })
  t.match(pforte(settings, credentials, 'admin', 'create'), { code: 0 })
  const log = readFileSync(join(data, 'audit.db'))
  const { code, said } = pforte(settings, undefined, 'admin', 'create')
  t.equal(code, 2)
  t.match(said, /"pepper" fehlt/)
  t.match(said, /CREDENTIALS_DIRECTORY=/)
  t.notMatch(said, /\n\s+at /, 'a sentence, not a stack')
  t.notOk(existsSync(join(data, 'keys')))
  t.ok(readFileSync(join(data, 'audit.db')).equals(log), 'the log has not changed its key')
  t.match(pforte(settings, credentials, 'admin', 'create'), { code: 0 })

  rmSync(join(credentials, 'checkpoint'))
  t.match(pforte(settings, credentials, 'admin', 'create'), { code: 2, said: /"checkpoint" fehlt/ })
  writeFileSync(join(credentials, 'checkpoint'), 'no key')
  t.match(pforte(settings, credentials, 'admin', 'create'), { code: 2, said: /kein Ed25519-Schlüssel/ })
})

t.test('new data gets keys of its own once; another set beside them is refused', async t => {
  const { data, credentials, settings } = prepare(folderFor(t))
  t.match(pforte(settings, undefined, 'admin', 'create'), { code: 0 })
  const pepper = readFileSync(join(data, 'keys/pepper'))
  t.match(pforte(settings, undefined, 'migrate'), { code: 0 })
  t.match(pforte(settings, credentials, 'admin', 'create'), { code: 2, said: /zwei verschiedene Schlüssel "pepper"/ })
  t.ok(readFileSync(join(data, 'keys/pepper')).equals(pepper))
  rmSync(join(data, 'keys/checkpoint'))
  t.match(pforte(settings, undefined, 'admin', 'create'), { code: 2, said: /"checkpoint" fehlt/ })
  t.notOk(existsSync(join(data, 'keys/checkpoint')))
})

t.test('a start that was refused before there were tables does not cost the keys', async t => {
  const { data, settings } = prepare(folderFor(t))
  t.match(pforte(settings, undefined, 'serve'), { code: 2, said: /migrate/ })
  t.match(pforte(settings, undefined, 'migrate'), { code: 0 })
  t.ok(existsSync(join(data, 'keys/pepper')))
})

t.test('what is sealed opens for its owner and use only, and changed by one bit for nobody', t => {
  const [one, other] = [loadSecrets(folderFor(t), undefined, true), loadSecrets(folderFor(t), undefined, true)]
  const plain = Buffer.from('a secret of twenty bytes')
  const sealed = one.seal('one-time-code', 'ada 1', plain)
  t.same(one.open('one-time-code', 'ada 1', sealed), plain)
  t.notSame(one.seal('one-time-code', 'ada 1', plain), sealed, 'never twice alike')
  t.notOk(sealed.includes(plain.subarray(0, 6)))
  t.throws(() => one.open('one-time-code', 'ada 2', sealed))
  t.throws(() => other.open('one-time-code', 'ada 1', sealed))
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    t.throws(() => one.open('one-time-code', 'ada 1', changed))
  }
  for (const length of [0, 11, 27, sealed.length - 1])
    t.throws(() => one.open('one-time-code', 'ada 1', sealed.subarray(0, length)))
  t.end()
})
