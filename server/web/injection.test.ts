import t, { type Test } from 'tap'
import { issueSetupToken } from '../people/setup.ts'
import { systemChange } from '../storage/change.ts'
import type { Browser } from '../test/browser.ts'
import { startEmpty } from '../test/empty.ts'
import { attacks, skeleton } from '../test/html.ts'
import { draftIn } from '../test/letters.ts'
import { startSchool } from '../test/school.ts'

/** The attacks, as many side by side as fit into a field of this length; the longer ones alone, cut. */
function together(length: number): string[] {
  const texts: string[] = []
  for (const attack of attacks.map(text => text.replaceAll('\0', '').slice(0, length))) {
    const last = texts.at(-1)
    if (last !== undefined && last.length + attack.length < length) texts.splice(-1, 1, `${last} ${attack}`)
    else texts.push(attack)
  }
  return texts
}

t.test('what people type stays text on every page', async t => {
  const school = await startSchool(t)
  const carl = await school.seated('carl')
  const ada = await school.seated('ada')
  const dora = await school.seated('dora')
  const otto = await school.seated('otto')
  await carl.get('/letters/new')

  /** The same page with harmless text and with an attack must have the same elements. */
  function same(t: Test, name: string, harmless: string, attacked: string) {
    t.same(skeleton(attacked), skeleton(harmless), name)
    t.notMatch(attacked, /54439|root:x:/, `${name}: nothing was computed`)
  }

  async function letter(fields: Record<string, string>): Promise<string> {
    const drafted = await carl.post('/letters', draftIn(school.ids.groups['5a'], fields))
    const id = /\/letters\/(\w+)\/preview/.exec(drafted.headers.location ?? '')?.[1]
    if (!id) throw new Error(`No letter: ${drafted.status}`)
    return id
  }

  t.test('in a letter’s title, question and choices, on every page of its life (B12)', async t => {
    const pagesOf = async (text: string) => {
      const short = text.slice(0, 70)
      const id = await letter({ title: text, question: text, answer: 'choice', choices: `${short}\nzweite` })
      const pages = [
        await carl.get(`/letters/${id}/edit`),
        await carl.get(`/letters/${id}/preview`),
        await carl.get('/letters?written=1'),
        await carl.get('/'),
      ]
      await carl.get(`/letters/${id}/preview`)
      await carl.post(`/letters/${id}/publication`)
      await ada.get(`/letters/${id}`)
      const replied = await ada.post(`/letters/${id}/replies`, {
        pupil: school.ids.pupils.anna ?? '',
        value: short.trim(),
      })
      if (replied.status !== 303) pages.push(replied)
      for (const path of ['', '?change=1', '/print']) pages.push(await ada.get(`/letters/${id}${path}`))
      for (const path of ['/returns', '/paper']) pages.push(await carl.get(`/letters/${id}${path}`))
      const csv = await carl.get(`/letters/${id}/returns.csv`)
      t.match(csv.headers['content-disposition'], /^attachment/)
      await carl.get(`/letters/${id}`)
      await carl.post(`/letters/${id}/withdrawal`)
      return pages.map(page => page.body)
    }
    const harmless = await pagesOf('ganz harmlos')
    // Lists grow with every letter; in them nothing may stand that stood nowhere before.
    const lists = new Set([2, 3])
    const known = new Set(harmless.flatMap(skeleton))
    for (const attack of together(70)) {
      const pages = await pagesOf(attack)
      t.equal(pages.length, harmless.length)
      for (const [index, page] of pages.entries()) {
        if (!lists.has(index)) same(t, `${attack}, page ${index}`, harmless[index] ?? '', page)
        const strange = skeleton(page).filter(element => !known.has(element))
        t.same(strange, [], `${attack}, page ${index}`)
      }
    }
  })

  t.test('in a form that comes back with what was typed (B12)', async t => {
    const visitor = school.visitor()
    await visitor.get('/sign-in')
    const forms: readonly [Browser, string, (text: string) => Record<string, string>][] = [
      [
        carl,
        '/letters',
        text => ({
          title: text,
          text,
          question: text,
          choices: text,
          respond_by: text,
          answer: 'choice',
          audience: text,
        }),
      ],
      [visitor, '/sign-in', text => ({ login: text, password: text, next: text })],
      [visitor, '/register', text => ({ code: text })],
      [visitor, '/setup', text => ({ token: text, given_name: text, family_name: text, login: text, password: 'x' })],
      [ada, '/account/children', text => ({ code: text })],
      [otto, '/roll/search', text => ({ q: text, name: text, search: text })],
      [dora, '/groups', text => ({ name: text, kind: text })],
      [dora, '/staff/invitations', text => ({ given_name: text, family_name: text, office: text })],
    ]
    for (const [browser, path, fields] of forms) {
      for (const attack of together(400)) {
        // Forms complain about length; the same length of harmless text gets the same complaints.
        const alike = await browser.post(path, fields('niemand heißt so '.repeat(30).slice(0, attack.length)))
        school.clock.now += 40_000
        const answer = await browser.post(path, fields(attack))
        school.clock.now += 40_000
        if (answer.status === alike.status) same(t, `${path}: ${attack}`, alike.body, answer.body)
        else t.match(answer.status, /^(303|4\d\d)$/, `${path}: ${attack}`)
        t.notMatch(answer.body, attack.startsWith('<') && attack.length > 10 ? attack : '<script>alert')
      }
    }
  })

  t.test('in an address, a cookie or a header (B12)', async t => {
    const visitor = school.visitor()
    const harmless = await visitor.get('/sign-in?next=/x&ok=x')
    const unknown = await visitor.get('/x')
    for (const attack of attacks) {
      const text = encodeURIComponent(attack)
      same(
        t,
        `next=${attack}`,
        harmless.body,
        (await visitor.get(`/sign-in?next=${text}&ok=${text}&lang=${text}`)).body,
      )
      same(t, `path ${attack}`, unknown.body, (await visitor.get(`/${text}`)).body)
      visitor.cookies.set('pforte-theme', text)
      visitor.cookies.set('pforte-language', text)
      same(
        t,
        `cookie ${attack}`,
        harmless.body,
        (await visitor.get('/sign-in', { 'accept-language': text, 'user-agent': text })).body,
      )
      visitor.cookies.clear()
      const quoted = attack.replace(/[^\x20-\x7e]|;/g, '')
      visitor.cookies.set('pforte-theme', quoted)
      same(t, `cookie ${quoted}`, harmless.body, (await visitor.get('/sign-in')).body)
      visitor.cookies.clear()
    }
  })

  t.test('nobody is sent elsewhere after signing in (B12)', async t => {
    const visitor = school.visitor()
    const targets = [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/%2f/evil.example',
      'javascript:alert(1)',
      '/a?b',
      '/a\r\nSet-Cookie: x=1',
      '/.evil.example',
      ' //evil.example',
      '/\t/evil.example',
      '@evil.example',
    ]
    for (const next of targets) {
      const page = await visitor.get(`/sign-in?next=${encodeURIComponent(next)}`)
      t.match(page.body, 'name="next" value="/"', next)
    }
    await visitor.get('/sign-in')
    const moved = await visitor.post('/preferences', { language: 'en', theme: 'dark', next: '//evil.example' })
    t.equal(moved.headers.location, '/')
  })
})

t.test('in names at the very first step (B12)', async t => {
  const shown: string[][] = []
  for (const name of ['x', attacks.join(' ').replaceAll('\0', '')]) {
    await t.test(name === 'x' ? 'harmless ones' : 'attacks', async t => {
      const { portal, visitor: open } = await startEmpty(t)
      const { house } = portal
      const token = await systemChange(house.database, house.clock, 'command', issueSetupToken)
      const visitor = open()
      await visitor.get('/setup')
      const made = await visitor.post('/setup', {
        token: token ?? '',
        given_name: name,
        family_name: name,
        login: 'erste@schule.example',
        password: 'Ahornblatt im Fruehlingsregen',
      })
      t.equal(made.status, 303)
      const pages = [await visitor.get('/account/factors')]
      // As if the second factor had been set up, which comes before every other page.
      await systemChange(house.database, house.clock, 'demo', async change => {
        const { id } = (await change.write('accounts').first('id')) ?? { id: '' }
        await change.write('factors').insert({
          id: 'first',
          account_id: id,
          kind: 'passkey',
          name,
          secret: null,
          last_step: 0,
          credential_id: 'first',
          public_key: Buffer.alloc(1),
          counter: 0,
          transports: '[]',
          created_at: change.at,
          used_at: null,
        })
      })
      for (const path of ['/', '/account', '/account/factors']) pages.push(await visitor.get(path))
      shown.push(pages.map(({ body }) => body))
    })
  }
  const [harmless = [], attacked = []] = shown
  for (const [index, page] of attacked.entries()) {
    t.same(skeleton(page), skeleton(harmless[index] ?? ''))
    t.match(page, '&lt;script&gt;', 'it is there, as text')
  }
})
