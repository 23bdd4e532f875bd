import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ConfigRefused, checkConfig, readConfig } from './config.ts'

const good = { data: '/var/lib/pforte', origin: 'https://portal.schule.example', networks: ['10.0.0.0/8'] }

t.test('the folder outside is where it is said to be', async t => {
  const set = (witness_folder: string) => checkConfig({ ...good, audit: { witness_folder } }).audit.witnessFolder
  for (const folder of ['/mnt/witness', '/var/lib/pforte-witness']) t.equal(set(folder), folder)
})

t.test('what is set is taken, what is not has a default', async t => {
  const config = checkConfig({
    ...good,
    hosts: ['Pforte.Local:8443'],
    networks: ['10.0.0.0/8', 'fd00::/8', '192.168.1.7'],
  })
  t.match(config, {
    data: '/var/lib/pforte',
    origin: 'https://portal.schule.example',
    listen: { address: '127.0.0.1', port: 8443 },
    timeZone: 'Europe/Berlin',
    logLevel: 'info',
  })
  t.same([...config.hosts], ['portal.schule.example', 'pforte.local:8443'])
  for (const address of ['10.1.2.3', '192.168.1.7']) t.ok(config.networks.check(address), address)
  t.ok(config.networks.check('fd12::1', 'ipv6'))
  for (const address of ['11.0.0.1', '192.168.1.8', '127.0.0.1']) t.notOk(config.networks.check(address), address)
  t.throws(
    () => Object.assign(config, { origin: 'https://evil.example' }),
    TypeError,
    'and nobody changes it afterwards',
  )
})

t.test('what is wrong is named, in one sentence for each (R16)', async t => {
  const wrong: readonly [object, RegExp][] = [
    [{ orign: 'https://a.example' }, /^orign: /],
    [{ listen: { prot: 1 } }, /^listen\.prot: /],
    [{ data: undefined }, /^data: /],
    [{ data: '' }, /^data: /],
    [{ data: 7 }, /^data: /],
    [{ origin: undefined }, /^origin: /],
    [{ origin: 'http://portal.schule.example' }, /^origin: /],
    [{ origin: 'portal.schule.example' }, /^origin: /],
    [{ origin: 'https://' }, /^origin: /],
    [{ networks: undefined }, /^networks: /],
    [{ networks: [] }, /^networks: /],
    [{ networks: '10.0.0.0/8' }, /^networks: /],
    ...[
      '10.0.0.0/33',
      '10.0.0/8',
      'fd00::/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0.0/-1',
      '10.0.0.0/8.5',
      'überall',
      '',
      '10.0.0.0/0x8',
      '10.0.0.0/ 8',
      '*',
    ].map((text): [object, RegExp] => [{ networks: ['10.0.0.0/8', text] }, /^networks\.1: .*192\.168\.10\.0\/24/]),
    [{ hosts: [''] }, /^hosts\.0: /],
    [{ audit: { witness_folder: 'witness' } }, /^audit\.witness_folder: ein vollständiger Pfad/],
    [{ audit: { witness_folder: '' } }, /^audit\.witness_folder: ein vollständiger Pfad/],
    ...['', '/', '/notes', '/../pforte/notes'].map((end): [object, RegExp] => [
      { audit: { witness_folder: `/var/lib/pforte${end}` } },
      /^audit\.witness_folder: liegt im Datenordner/,
    ]),
    [{ listen: { port: 0 } }, /^listen\.port: /],
    [{ listen: { port: 65536 } }, /^listen\.port: /],
    [{ listen: { port: '8443' } }, /^listen\.port: /],
    [{ listen: { address: 'localhost' } }, /^listen\.address: eine IP-Adresse/],
    [{ time_zone: 'Europa/Berlin' }, /^time_zone: "Europa\/Berlin" ist keine Zeitzone/],
    [{ log_level: 'loud' }, /^log_level: .*debug/],
  ]
  for (const [change, sentence] of wrong) {
    const name = JSON.stringify(change)
    try {
      checkConfig({ ...good, ...change })
      t.fail(`${name} is taken`)
    } catch (error) {
      t.ok(error instanceof ConfigRefused, name)
      const { message } = error as Error
      t.match(message, sentence, name)
      t.equal(message.split('\n').length, 1, `${name}: one sentence`)
      t.notMatch(message, /Invalid|Unrecognized|expected string|✖/, `${name}: in the language of who reads it`)
    }
  }
  for (const nothing of [null, undefined, [], 'text', 7]) t.throws(() => checkConfig(nothing), /^Die Einstellungen: /)
  t.throws(
    () => checkConfig({ ...good, orign: 1, networks: [] }),
    { message: /networks[\s\S]*orign|orign[\s\S]*networks/ },
    'two mistakes are both named',
  )
})

t.test('a settings file that is missing, unreadable or no TOML is named with its place', async t => {
  const folder = t.testdir({
    'broken.toml': 'data = "/x"\norigin = \n',
    'wrong.toml': 'data = "/x"\norigin = "https://a.example"\nnetworks = ["10.0.0.0/99"]\n',
  })
  mkdirSync(join(folder, 'folder.toml'))
  const file = (name: string) => join(folder, name)
  t.throws(() => readConfig(file('missing.toml')), {
    message: `Die Einstellungen ${file('missing.toml')} sind nicht lesbar (ENOENT).`,
  })
  t.throws(() => readConfig(file('folder.toml')), {
    message: `Die Einstellungen ${file('folder.toml')} sind nicht lesbar (EISDIR).`,
  })
  t.throws(() => readConfig(file('broken.toml')), {
    message: new RegExp(`^${file('broken.toml')} ist kein gültiges TOML: .+$`),
  })
  t.throws(() => readConfig(file('wrong.toml')), {
    message: new RegExp(`^In ${file('wrong.toml')} stimmt etwas nicht:\nnetworks\\.0: `),
  })
  writeFileSync(file('good.toml'), 'data = "/x"\norigin = "https://a.example"\nnetworks = ["10.0.0.0/8"]\n')
  t.match(readConfig(file('good.toml')), { data: '/x' })
})
