import t from 'tap'
import { checkConfig } from '../config.ts'
import { appointDemoAuditors } from '../demo/auditors.ts'
import { cheapKeys, readTrail } from '../test/audit.ts'
import { startEmpty } from '../test/empty.ts'
import { startSchool } from '../test/school.ts'
import { connect } from '../test/sqlite.ts'
import { exchange } from '../test/wire.ts'
import { isInside, plainAddress } from './network.ts'

const config = checkConfig({
  data: '/nowhere',
  origin: 'https://portal.lindenhof.example',
  networks: ['10.20.0.0/16', '192.168.5.7', 'fd12:3456::/32'],
  listen: {},
})

const inside = [
  '10.20.0.0',
  '10.20.0.1',
  '10.20.255.255',
  '192.168.5.7',
  '::ffff:10.20.0.1',
  '::FFFF:10.20.3.4',
  '::ffff:192.168.5.7',
  '::ffff:0a14:0001',
  '0:0:0:0:0:ffff:10.20.0.1',
  'fd12:3456::',
  'fd12:3456::1',
  'fd12:3456:ffff:ffff:ffff:ffff:ffff:ffff',
  'FD12:3456::ABCD',
  'fd12:3456::1%eth0',
] as const

const outside = [
  '10.19.255.255',
  '10.21.0.0',
  '192.168.5.6',
  '192.168.5.8',
  '127.0.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '8.8.8.8',
  '169.254.1.1',
  '100.64.0.1',
  '172.16.0.1',
  '::1',
  '::',
  '::ffff:8.8.8.8',
  '::ffff:10.21.0.1',
  '::10.20.0.1',
  '64:ff9b::10.20.0.1',
  '2002:0a14:0001::1',
  'fe80::1',
  'fe80::1%eth0',
  'fe80::10.20.0.1%2',
  'fd12:3457::1',
  'fc00::1',
  '2001:db8::1',
  'ff02::1',
  '::ffff:127.0.0.1',
] as const

const nobody = [
  '',
  ' ',
  '10.20.0.1 ',
  ' 10.20.0.1',
  '10.20.0.1.evil',
  '10.20.0.1.',
  '10.20.0',
  '10.20.1',
  '0x0a140001',
  '0x0a.0x14.0.1',
  '169082881',
  '012.024.0.1',
  '010.020.000.001',
  '10.20.0.256',
  '10.20.0.-1',
  '10.20.0.1:443',
  '[fd12:3456::1]',
  '10.20.0.1%eth0',
  '10.20.0.1/16',
  '10,20,0,1',
  '１０.20.0.1',
  'localhost',
  'fd12:3456::1::2',
  'fd12:3456',
  '::ffff:10.20.0.1.1',
  '10.20.0.1\0',
  '10.20.0.1, 8.8.8.8',
  '%',
  '%10.20.0.1',
] as const

t.test('an address is inside by what it is, however it is written (B30)', async t => {
  for (const address of inside) {
    const plain = plainAddress(address)
    t.ok(plain !== null && isInside(config, plain), address)
  }
  for (const address of outside) {
    const plain = plainAddress(address)
    t.ok(plain !== null && !isInside(config, plain), address)
  }
  for (const address of nobody) t.equal(plainAddress(address), null, JSON.stringify(address))
  t.equal(plainAddress(undefined), null, 'a connection without an address is nobody (B31)')
})

t.test('who calls from outside or by another name', async t => {
  const school = await startSchool(t)
  const { port } = school.portal
  const refusals = async () => (await school.audit()).filter(entry => entry.k === 'network.refused')

  t.test('a host name that is not ours is refused before any session work (B9)', async t => {
    const file = await connect(t, school.house.database.file)
    const ada = await school.seated('ada')
    school.clock.now += 10 * 60_000
    const [seen] = await file.all('SELECT seen_at FROM sessions')
    const hosts = [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      '127.0.0.1',
      `localhost:${port + 1}`,
      `127.0.0.2:${port}`,
      `[::1]:${port}`,
      `localhost.:${port}`,
      `localhost:${port}.evil.example`,
      `evil.example@localhost:${port}`,
      `localhost:${port}@evil.example`,
      `localhost:0${port}`,
      'null',
    ]
    for (const host of hosts) {
      // Refusals are recorded once a minute for each network.
      school.clock.now += 61_000
      const before = (await refusals()).length
      const answer = await ada.get('/account', { host })
      t.equal(answer.status, 421, host)
      t.equal(answer.headers['set-cookie'], undefined)
      t.notMatch(answer.body, /<|Ada|Lindenhof/)
      t.match((await refusals()).slice(before), [{ r: 'denied', a: 0, d: { status: 421 } }])
    }
    const static_ = await ada.get('/static/app.css', { host: 'evil.example' })
    t.equal(static_.status, 421, 'not even a style sheet')
    t.equal((await ada.get('/health', { host: 'evil.example' })).status, 421)
    t.same(await file.all('SELECT seen_at FROM sessions'), [seen], 'the session has not been looked at')
    t.equal((await ada.get('/account', { host: `LOCALHOST:${port}` })).status, 200, 'our own name in any case')
    t.equal((await ada.get('/account', { host: `127.0.0.1:${port}` })).status, 200)
  })

  t.test('a flood from outside leaves one record a minute, and then how many there were', async t => {
    school.clock.now += 61_000
    const visitor = school.visitor()
    const before = (await refusals()).length
    for (let time = 0; time < 20; time += 1)
      t.equal((await visitor.get('/', { host: 'evil.example' })).status, 421, 'each is refused')
    t.equal((await refusals()).length, before + 1)
    school.clock.now += 61_000
    await visitor.get('/', { host: 'evil.example' })
    t.match((await refusals()).slice(before + 1), [{ d: { status: 421, unrecorded: 19 } }])
  })

  t.test('two host names, none, and one in the address line never get past ours (B9)', async t => {
    const ask = (text: string) => exchange(port, text.replaceAll('\n', '\r\n'))
    t.match(await ask('GET /account HTTP/1.1\nConnection: close\n\n'), /^HTTP\/1.1 400/)
    t.match(await ask('GET /account HTTP/1.0\nConnection: close\n\n'), /^HTTP\/1.[01] 421/)
    t.match(
      await ask(`GET /account HTTP/1.1\nHost: evil.example\nHost: localhost:${port}\nConnection: close\n\n`),
      /^HTTP\/1.1 4(00|21)/,
    )
    t.match(
      await ask(`GET https://localhost:${port}/account HTTP/1.1\nHost: evil.example\nConnection: close\n\n`),
      /^HTTP\/1.1 421/,
    )
  })

  t.test('headers that claim an address change nothing: not the wall, not the record (B31)', async t => {
    const claims = [
      'x-forwarded-for',
      'x-real-ip',
      'forwarded',
      'x-client-ip',
      'cf-connecting-ip',
      'true-client-ip',
      'x-forwarded-host',
      'x-host',
    ]
    const visitor = school.visitor()
    for (const name of claims) {
      const far = await visitor.get('/help', { [name]: name === 'forwarded' ? 'for=8.8.8.8' : '8.8.8.8' })
      t.equal(far.status, 200, `${name} makes nobody an outsider`)
    }
    await visitor.get('/letters', { 'x-forwarded-for': '8.8.8.8', 'x-real-ip': '8.8.8.8', forwarded: 'for=8.8.8.8' })
    const last = (await school.audit()).at(-1)
    t.match(last, { k: 'letter.list', ip: '127.0.0.1', r: 'denied' })
  })
})

t.test('outside the school’s networks there is no portal (B30, B31)', async t => {
  const { visitor, portal } = await startEmpty(t, { networks: ['127.0.0.1'] })
  const accounts = { emil: 'emil', finja: 'finja', gero: 'gero' }
  const auditors = await appointDemoAuditors(portal.house, accounts, cheapKeys)
  const [near, far] = [visitor('127.0.0.1'), visitor('127.0.0.2')]
  t.equal((await near.get('/sign-in')).status, 200)
  const claims = [{}, { 'x-forwarded-for': '127.0.0.1' }, { 'x-real-ip': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }]
  for (const headers of claims) {
    for (const path of ['/', '/sign-in', '/static/app.css', '/health', '/no-such-page']) {
      const answer = await far.get(path, headers)
      t.equal(answer.status, 403, path)
      t.equal(answer.headers['set-cookie'], undefined)
      t.notMatch(answer.body, '<')
    }
  }
  far.csrf = near.csrf
  t.equal((await far.post('/sign-in', { login: 'a', password: 'b' })).status, 403)
  const trail = await readTrail(portal.house.config.data, auditors)
  t.match(trail.at(-1), { k: 'network.refused', ip: '127.0.0.2', r: 'denied', d: { status: 403 } })
})
