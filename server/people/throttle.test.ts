import t, { type Test } from 'tap'
import { systemChange } from '../storage/change.ts'
import type { Browser } from '../test/browser.ts'
import { type Empty, startEmpty } from '../test/empty.ts'
import { connect } from '../test/sqlite.ts'
import { issueSetupToken } from './setup.ts'
import { networkOf, signInBudgets, takeTry } from './throttle.ts'

const login = 'opfer@schule.example'
const password = 'Ahornblatt im Fruehlingsregen'
const second = 1000
const hour = 3600 * second

/** A portal with one account, and the browser in which it was made. */
async function withVictim(t: Test): Promise<Empty & { known: Browser }> {
  const empty = await startEmpty(t)
  const { house } = empty.portal
  const token = await systemChange(house.database, house.clock, 'command', issueSetupToken)
  const known = empty.visitor()
  await known.get('/setup')
  const names = { given_name: 'Olga', family_name: 'Opfer' }
  const made = await known.post('/setup', { token: token ?? '', ...names, login, password })
  if (made.status !== 303) throw new Error(`No victim: ${made.status}`)
  return Object.assign(empty, { known })
}

async function tryOnce(browser: Browser, secret: string, name = login) {
  if (browser.csrf === '') await browser.get('/sign-in')
  return browser.post('/sign-in', { login: name, password: secret })
}

t.test('guessing at the door', async t => {
  const school = await withVictim(t)
  const { clock, visitor } = school

  t.test('five tries are free, then one waits 1, 2, 4 … 30 seconds, told in the answer (B15)', async t => {
    const stranger = visitor('127.0.0.9')
    for (let tries = 0; tries < 5; tries++) t.equal((await tryOnce(stranger, 'falsch')).status, 422)
    for (const pause of [1, 2, 4, 8, 16, 30, 30]) {
      const started = performance.now()
      const refused = await tryOnce(stranger, password)
      t.equal(refused.status, 429, 'even with the right password')
      t.equal(refused.headers['retry-after'], String(pause))
      t.match(refused.body, `value="${login}"`, 'what was typed is still there')
      t.ok(performance.now() - started < 1000, 'nobody is kept waiting on the line')
      clock.now += pause * second
      t.equal((await tryOnce(stranger, 'falsch')).status, 422)
    }
    clock.now += 30 * second
    t.equal((await tryOnce(stranger, password)).status, 303, 'the owner gets in from there, too')
    t.equal((await tryOnce(visitor('127.0.0.9'), 'falsch')).status, 422, 'and the slate is clean')
    clock.now += 2 * hour
  })

  t.test('whoever is attacked from everywhere signs in with a known browser at once (B15)', async t => {
    let guesses = 0
    for (let number = 1; number <= 50; number++) {
      const answer = await tryOnce(visitor(`127.0.1.${number}`), 'falsch')
      if (answer.status === 422) guesses += 1
      else t.equal(answer.status, 429)
    }
    t.equal(guesses, 20, 'fifty strangers together have twenty tries')
    const elsewhere = await tryOnce(visitor('127.0.2.1'), password)
    t.equal(elsewhere.status, 429, 'an unknown browser waits, whoever it is')
    t.equal(elsewhere.headers['retry-after'], '30')
    await school.known.get('/account')
    await school.known.post('/sign-out')
    await school.known.get('/sign-in')
    t.equal((await tryOnce(school.known, password)).status, 303)
    const forged = visitor('127.0.2.2')
    forged.cookies.set(
      '__Host-pforte-device',
      (school.known.cookies.get('__Host-pforte-device') ?? '').replace(/\..*/, `.${'A'.repeat(22)}`),
    )
    t.equal((await tryOnce(forged, password)).status, 429, 'a device name without our mark is unknown')
    t.equal(
      (await tryOnce(visitor('127.0.2.3'), 'falsch', 'andere@schule.example')).status,
      422,
      'others are not touched',
    )
  })

  t.test('a restart in the middle of an attack gives nobody fresh tries (B15)', async t => {
    t.equal((await tryOnce(visitor('127.0.2.4'), password)).status, 429)
    await school.restart()
    t.equal((await tryOnce(visitor('127.0.2.5'), password)).status, 429)
    clock.now += 2 * hour
    t.equal((await tryOnce(visitor('127.0.2.6'), password)).status, 303, 'and nobody is locked out for good')
  })

  t.test('the counters name neither accounts nor addresses (B15)', async t => {
    const file = await connect(t, school.portal.house.database.file)
    const rows = await file.all('SELECT * FROM throttles')
    t.ok(rows.length > 0)
    const text = rows.map(row => (row.key as Buffer).toString('latin1')).join('')
    t.ok(rows.every(row => (row.key as Buffer).length === 32))
    t.notMatch(text, /opfer|127\.0/)
  })

  t.test('more sign-ins at once than the machine can do are told to come back, and it stays upright (B15)', async t => {
    const crowd = Array.from({ length: 40 }, (_, number) => ({
      browser: visitor(`127.0.3.${number + 1}`),
      name: `niemand${number}@schule.example`,
    }))
    await Promise.all(crowd.map(({ browser }) => browser.get('/sign-in')))
    const answers = await Promise.all(crowd.map(({ browser, name }) => tryOnce(browser, 'falsch', name)))
    const busy = answers.filter(answer => answer.status === 503)
    t.ok(busy.length >= 1 && busy.length <= 18, `${busy.length} were told to come back`)
    t.ok(busy.every(answer => answer.headers['retry-after'] === '5'))
    t.ok(answers.every(answer => answer.status === 422 || answer.status === 503))
    t.equal((await visitor().get('/sign-in')).status, 200)
  })
})

t.test('how many guesses a day there are, by the clock', async t => {
  const { portal, clock } = await startEmpty(t)
  const { house } = portal

  /** Guesses that get through in each of some hours, when every address is tried as soon as it may. */
  async function guessesPerHour(hours: number, device: string | null, addresses: number): Promise<number[]> {
    const counts: number[] = []
    for (let number = 0; number < hours; number++) {
      const end = clock.now + hour
      let count = 0
      while (clock.now < end) {
        let wait = 30
        for (let address = 0; address < addresses; address++) {
          const seconds = await takeTry(house, signInBudgets(house, login, device, `10.0.0.${address}`))
          if (seconds === 0) count += 1
          wait = Math.min(wait, Math.max(1, seconds))
        }
        clock.now += wait * second
      }
      counts.push(count)
    }
    return counts
  }

  for (const [name, device, addresses] of [
    ['strangers', null, 3],
    ['one that knows a device of the account', 'device', 1],
  ] as const) {
    t.test(`${name} have at most 3,000 guesses a day (B15)`, async t => {
      const [first = 0, next = 0] = await guessesPerHour(2, device, addresses)
      t.ok(first > 20, `${first} in the first hour, ${next} in the next`)
      t.ok(first + 23 * next <= 3000, `${first + 23 * next} a day`)
    })
  }

  t.test('one network has sixty tries in ten minutes for all accounts together (B15)', async t => {
    let free = 0
    for (let number = 0; number < 70; number++)
      if ((await takeTry(house, signInBudgets(house, `a${number}`, null, '10.9.9.9'))) === 0) free += 1
    t.equal(free, 60)
    t.equal(await takeTry(house, signInBudgets(house, 'b', null, '10.9.9.8')), 0, 'the next address is not touched')
    clock.now += 601 * second
    t.equal(await takeTry(house, signInBudgets(house, 'c', null, '10.9.9.9')), 0)
  })

  t.test('tries at the same moment count one by one (B15)', async t => {
    const waits = await Promise.all(
      Array.from({ length: 30 }, () => takeTry(house, signInBudgets(house, 'zugleich', null, '10.8.8.8'))),
    )
    t.equal(waits.filter(wait => wait === 0).length, 5)
  })

  t.test('an IPv6 machine is one network, whatever address in its /64 it takes (B15)', async t => {
    t.equal(networkOf('fd12:3456:1:2:aaaa::1'), networkOf('fd12:3456:1:2:bbbb::2'))
    t.equal(networkOf('fd12:3456:1:2::'), networkOf('fd12:3456:1:2:ffff:ffff:ffff:ffff'))
    t.not(networkOf('fd12:3456:1:2::1'), networkOf('fd12:3456:1:3::1'))
    t.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2%eth0'))
    t.equal(networkOf('::ffff:10.0.0.1'), '10.0.0.1')
    t.not(networkOf('10.0.0.1'), networkOf('10.0.0.2'))
  })
})
