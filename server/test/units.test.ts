import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const folder = join(import.meta.dirname, '../../systemd')

/** A unit file as "Section.Directive" → its values, in the order in which they stand. */
function readUnit(name: string): Map<string, string[]> {
  const unit = new Map<string, string[]>()
  let section = ''
  for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const heading = /^\[(\w+)\]$/.exec(line)
    if (heading) {
      section = heading[1] ?? ''
      continue
    }
    const found = /^(\w+)=(.*)$/.exec(line)
    if (!found) throw new Error(`${name}: cannot read "${line}"`)
    const key = `${section}.${found[1]}`
    unit.set(key, [...(unit.get(key) ?? []), found[2] ?? ''])
  }
  return unit
}

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0

const walls = {
  NoNewPrivileges: 'yes',
  CapabilityBoundingSet: '',
  AmbientCapabilities: '',
  PrivateNetwork: 'yes',
  IPAddressDeny: 'any',
  RestrictAddressFamilies: 'AF_UNIX',
  ProtectSystem: 'strict',
  NoExecPaths: '/',
  ProtectHome: 'yes',
  PrivateTmp: 'yes',
  PrivateDevices: 'yes',
  DevicePolicy: 'closed',
  PrivateUsers: 'yes',
  PrivateIPC: 'yes',
  PrivateMounts: 'yes',
  ProtectProc: 'invisible',
  ProcSubset: 'pid',
  ProtectClock: 'yes',
  ProtectHostname: 'yes',
  ProtectKernelLogs: 'yes',
  ProtectKernelModules: 'yes',
  ProtectKernelTunables: 'yes',
  ProtectControlGroups: 'yes',
  RestrictNamespaces: 'yes',
  RestrictRealtime: 'yes',
  RestrictSUIDSGID: 'yes',
  LockPersonality: 'yes',
  KeyringMode: 'private',
  RemoveIPC: 'yes',
  SystemCallArchitectures: 'native',
  UMask: '0077',
  LimitCORE: '0',
  StateDirectory: 'pforte',
  StateDirectoryMode: '0700',
}

t.test('B38: the web unit has every wall, once', async t => {
  const unit = readUnit('pforte.service')
  for (const [directive, value] of Object.entries(walls))
    t.strictSame(unit.get(`Service.${directive}`), [value], directive)
})

t.test('the web unit allows system calls by list and lets V8 compile', async t => {
  const unit = readUnit('pforte.service')
  const [allowed, refused] = unit.get('Service.SystemCallFilter') ?? []
  t.equal(allowed, '@system-service')
  t.match(refused, /^~/)
  for (const group of ['@privileged', '@mount', '@debug', '@raw-io', '@module']) t.ok(refused?.includes(group), group)
  t.notOk(unit.has('Service.MemoryDenyWriteExecute'), 'MemoryDenyWriteExecute would make Node dump core')
})

t.test('the web unit can run nothing that it can write', async t => {
  const run = (readUnit('pforte.service').get('Service.ExecPaths') ?? []).join(' ').split(' ')
  t.strictSame(run, ['/usr', '/lib', '/lib64', '/opt/pforte'])
})

t.test('B35: secrets come as credentials, never by the environment', async t => {
  const unit = readUnit('pforte.service')
  t.match(unit.get('Service.LoadCredential'), [/^pepper:\/etc\/pforte\//, /^checkpoint:\/etc\/pforte\//])
  t.strictSame(unit.get('Service.Environment'), ['NODE_ENV=production'])
  t.notOk(unit.has('Service.EnvironmentFile'))
})

t.test('the socket owns the port and answers private networks only', async t => {
  const socket = readUnit('pforte.socket')
  t.strictSame(socket.get('Socket.ListenStream'), ['443'])
  t.strictSame(socket.get('Socket.IPAddressDeny'), ['any'])
  t.strictSame(socket.get('Socket.IPAddressAllow'), ['localhost 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fd00::/8'])
  t.strictSame(socket.get('Install.WantedBy'), ['sockets.target'])
  t.strictSame(readUnit('pforte.service').get('Unit.Requires'), ['pforte.socket'])
})

if (hasAnalyze) {
  t.test('systemd finds nothing wrong with the units', async t => {
    const home = t.testdir({ pforte: '#!/bin/sh\n' })
    chmodSync(`${home}/pforte`, 0o755)
    for (const name of ['pforte.service', 'pforte.socket']) {
      const text = readFileSync(join(folder, name), 'utf8').replace(
        '/opt/pforte/current/scripts/pforte',
        `${home}/pforte`,
      )
      writeFileSync(`${home}/${name}`, text)
    }
    const verified = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', `${home}/pforte.service`, `${home}/pforte.socket`],
      {
        encoding: 'utf8',
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${home}:` },
      },
    )
    t.equal(verified.stdout + verified.stderr, '')
    t.equal(verified.status, 0)
  })

  t.test('B38: exposure of the web unit is 0.5 or less', async t => {
    const unit = join(folder, 'pforte.service')
    const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=5', '--no-pager', unit], {
      encoding: 'utf8',
    })
    t.equal(
      rated.status,
      0,
      rated.stdout
        .split('\n')
        .filter(line => line.includes('Overall'))
        .join(),
    )
  })
}
