import { request } from 'node:https'
import t, { type Test } from 'tap'
import type { Answer } from '../test/browser.ts'
import { draftIn } from '../test/letters.ts'
import { startSchool } from '../test/school.ts'
import { openWire } from '../test/wire.ts'

const urlencoded = 'application/x-www-form-urlencoded'

t.test('bodies that no page of ours sends', async t => {
  const school = await startSchool(t)
  const carl = await school.seated('carl')
  await carl.get('/letters/new')
  const otto = await school.seated('otto')
  const send = (body: string | Uint8Array, type = urlencoded) =>
    carl.send('POST', '/letters', { 'content-type': type, 'sec-fetch-site': 'same-origin' }, body)
  const good = () => new URLSearchParams({ csrf: carl.csrf, ...draftIn(school.ids.groups['5a']) }).toString()

  function refused(t: Test, answer: Answer, name: string, status?: number) {
    if (status === undefined) t.match(answer.status, /^4\d\d$/, name)
    else t.equal(answer.status, status, name)
    t.match(answer.headers['content-type'], 'text/html', `${name}: with a page`)
    t.match(answer.body, '</html>', `${name}: a whole one`)
    t.notMatch(answer.body, /F-[0-9A-Z]{4}/, `${name}: nothing is broken`)
  }

  t.test('a form may have 100 kB and 500 fields, not more (B29)', async t => {
    const spare = 100_000 - good().length - 200
    t.equal((await send(`${good()}&rest=${'a'.repeat(spare)}`)).status, 303)
    refused(t, await send(`${good()}&rest=${'a'.repeat(100_000)}`), 'one long field', 413)
    refused(t, await send(`${good()}${'&rest=aaaaaaaaaaaaaaaaaaaaaaaa'.repeat(5000)}`), 'many short ones', 413)
    refused(t, await send(`${good()}${'&a=1'.repeat(495)}`), '506 fields', 413)
    t.equal((await send(`${good()}${'&a=1'.repeat(480)}`)).status, 303)
    refused(t, await send(`${good()}${'&a'.repeat(495)}`), '506 fields without a value', 413)
    refused(t, await send(`${good()}&${'n'.repeat(300)}=1`), 'a long name', 413)
  })

  t.test('a body of unknown length is cut off at the same size (B29)', async t => {
    const answer = await new Promise<number>((resolve, reject) => {
      let sent = 0
      const asked = request({
        host: '127.0.0.1',
        port: school.portal.port,
        method: 'POST',
        path: '/letters',
        rejectUnauthorized: false,
        headers: {
          host: `localhost:${school.portal.port}`,
          'content-type': urlencoded,
          'transfer-encoding': 'chunked',
        },
      })
      asked.on('response', response => resolve(response.statusCode ?? 0))
      asked.on('error', reject)
      asked.on('response', () => asked.destroy())
      const more = () => {
        if (asked.destroyed) return
        if (sent >= 400_000) return void asked.end()
        sent += 1_000
        asked.write(`a=${'b'.repeat(997)}&`, more)
      }
      more()
    })
    t.equal(answer, 413)
  })

  t.test('what is not a form of ours is refused by its type (B29)', async t => {
    for (const type of [
      'application/json',
      'text/plain',
      'text/xml',
      '',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded-2',
    ])
      refused(t, await send(good(), type), type || 'no type', 415)
    const broken: readonly [string, string][] = [
      ['multipart/form-data', 'no boundary'],
      ['multipart/form-data; boundary=', 'an empty boundary'],
      ['multipart/form-data; boundary=x', 'a body that is not multipart'],
    ]
    for (const [type, name] of broken) {
      const headers = { 'content-type': type, 'sec-fetch-site': 'same-origin' }
      refused(t, await otto.send('POST', '/roll/imports', headers, 'not multipart at all'), name)
    }
  })

  t.test('an upload that ends anywhere in the middle is refused, and the portal stays (B25, B29)', async t => {
    const whole = `--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${otto.csrf}\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\nName;Klasse\r\n--x--\r\n`
    const headers = { 'content-type': 'multipart/form-data; boundary=x', 'sec-fetch-site': 'same-origin' }
    for (let length = 0; length < whole.length - 4; length += 3) {
      const answer = await otto.send('POST', '/roll/imports', headers, whole.slice(0, length))
      t.match(answer.status, /^4\d\d$/, `cut after ${length} bytes`)
    }
    t.notMatch(school.log.join(''), '"level":50')
  })

  t.test('files of somebody who may not send any are not read (B25, B34)', async t => {
    for (const [name, cookie, expected] of [
      ['nobody', '', /^HTTP\/1.1 303/],
      ['a teacher', `__Host-pforte=${carl.cookies.get('__Host-pforte')}`, /^HTTP\/1.1 403/],
    ] as const) {
      const wire = await openWire(school.portal.port)
      wire.socket.write(
        `POST /roll/imports HTTP/1.1\r\nHost: localhost:${school.portal.port}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 40000000\r\nCookie: ${cookie}\r\n\r\n--x\r\n`,
      )
      t.match(await wire.until(/\r\n\r\n/), expected, `${name} is answered before the files are sent`)
      wire.socket.destroy()
    }
  })

  t.test('names that mean something to JavaScript mean nothing here (B29)', async t => {
    const names = [
      '__proto__',
      'constructor',
      'prototype',
      '__proto__[polluted]',
      'constructor.prototype.polluted',
      'toString',
      'hasOwnProperty',
      'a[]',
      'a[b][c]',
      '',
    ]
    const odd = names.map(name => `${encodeURIComponent(name)}=polluted`).join('&')
    t.equal((await send(`${odd}&${good()}`)).status, 303)
    refused(t, await send(`${odd}&csrf=${encodeURIComponent(carl.csrf)}`), 'and in a form that comes back', 422)
    for (const name of ['title', 'text', 'audience', 'csrf'])
      refused(t, await send(good().replace(`${name}=`, `${name}[]=`)), `${name}[]`)
    t.equal(({} as Record<string, unknown>).polluted, undefined)
    const page = await carl.get('/letters?__proto__=1&constructor=2&ok[]=published&ok=__proto__&page[]=2&page=NaN')
    t.equal(page.status, 200)
  })

  t.test(
    'values that are no text, no number and no day are refused or kept as text, never a failure (B29)',
    async t => {
      const odd = [
        '%ff%fe',
        '%c3%28',
        '%ed%a0%80',
        '%00',
        '%',
        '%zz',
        '%u0041',
        'NaN',
        '1e400',
        '-1',
        '9'.repeat(400),
        '\u202e',
        '%f0%9f%98%80',
        '[]',
        '{}',
        'null',
      ]
      for (const value of odd) {
        for (const name of [
          'title',
          'text',
          'audience',
          'answer',
          'question',
          'choices',
          'respond_by',
          'next',
          'csrf',
          'unknown',
        ]) {
          const body = good().replace(new RegExp(`(^|&)${name}=[^&]*`), '')
          const answer = await send(`${body}&${name}=${value}`)
          t.match(answer.status, /^(303|4\d\d)$/, `${name}=${value}`)
        }
      }
      const visitor = school.visitor()
      await visitor.get('/sign-in')
      for (const value of odd) {
        const body = `csrf=${encodeURIComponent(visitor.csrf)}&code=${value}&token=${value}&login=${value}&password=${value}&given_name=${value}&family_name=${value}`
        for (const path of ['/register', '/setup', '/preferences'])
          t.match(
            (await visitor.send('POST', path, { 'content-type': urlencoded, 'sec-fetch-site': 'same-origin' }, body))
              .status,
            /^(303|4\d\d)$/,
            `${path} ${value}`,
          )
      }
      t.notMatch(school.log.join(''), '"level":50', 'nothing of all this was a failure')
    },
  )

  t.test('a charset that is not ours changes nothing that matters, and no charset breaks anything (B29)', async t => {
    for (const charset of ['utf-8', 'UTF-8', 'latin1', 'utf-16le', 'base64', 'utf-7', 'nonsense', '"', '__proto__'])
      t.match((await send(good(), `${urlencoded}; charset=${charset}`)).status, /^(303|4\d\d)$/, charset)
  })

  t.test('a client that hangs up in the middle of its form leaves nothing behind (B29, B34)', async t => {
    const before = school.log.length
    const wire = await openWire(school.portal.port)
    wire.socket.write(
      `POST /letters HTTP/1.1\r\nHost: localhost:${school.portal.port}\r\nContent-Type: ${urlencoded}\r\nContent-Length: 1000\r\nCookie: __Host-pforte=${carl.cookies.get('__Host-pforte')}\r\n\r\ntitle=half`,
    )
    await carl.get('/letters/new')
    wire.socket.destroy()
    while (!school.log.slice(before).some(line => line.includes('"POST"'))) await carl.get('/help')
    const [line = ''] = school.log.slice(before).filter(one => one.includes('"POST"'))
    t.match(JSON.parse(line), { route: '/letters', status: 400 })
    t.equal((await carl.get('/letters/new')).status, 200)
  })
})
