import t from 'tap'
import { routes } from '../app.ts'
import { cast, oneTimeSecrets } from '../demo/cast.ts'
import { systemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Browser } from './browser.ts'
import { type School, startSchool } from './school.ts'

/** What one route answers to each of the cast; `rest` is everybody who is not named. */
interface Row {
  readonly rest: number
  readonly nobody: number
  readonly [key: string]: number
}
interface Target {
  readonly path: string
  readonly fields?: Readonly<Record<string, string>>
}

const everybody = ['nobody', ...cast.map(person => person.key)] as const
const writers = (status: number) => ({ carl: status, paula: status, otto: status, hanna: status })
const auditors = (status: number) => ({ emil: status, finja: status, gero: status })
/** Who sees that there are cases. */
const watchers = (status: number) => ({ ...auditors(status), ole: status, hanna: status })
/** Everybody signed in is answered alike. */
const alike = (nobody: number, rest: number): Row => ({ nobody, rest })

/** Letters to the guardians of the 5a by Carl, whose class it is: Ada and Paula have children there, Berta had, Anton may not. */
const readers5a = { ada: 200, paula: 200, carl: 200 }

/** Admins and auditors may lock accounts. */
function lockers(status: number): Row {
  return { nobody: 303, rest: 403, dora: status, emil: status, finja: status, gero: status }
}

const office = only('otto')
const admin = only('dora')

const table: Readonly<Record<string, Row>> = {
  'GET /': alike(303, 200),
  'GET /letters': alike(303, 200),
  'GET /letters/new': { nobody: 303, rest: 403, ...writers(200) },
  'POST /letters': { nobody: 303, rest: 403, ...writers(422) },
  'GET /letters/:id': { nobody: 303, rest: 404, ...readers5a },
  'POST /letters/:id': { nobody: 303, rest: 403, ...writers(404), carl: 422 },
  'GET /letters/:id/edit': { nobody: 303, rest: 403, ...writers(404), carl: 200 },
  'GET /letters/:id/preview': { nobody: 303, rest: 403, ...writers(404), carl: 200 },
  'POST /letters/:id/publication': { nobody: 303, rest: 403, ...writers(404), carl: 303 },
  'POST /letters/:id/deletion': { nobody: 303, rest: 403, ...writers(404), carl: 303 },
  'POST /letters/:id/withdrawal': { nobody: 303, rest: 403, ...writers(404), carl: 303 },
  'POST /letters/:id/replies': {
    nobody: 303,
    rest: 404,
    ada: 303,
    anton: 403,
    berta: 403,
    ...everyOffice(403),
    paula: 404,
    meryem: 403,
  },
  'GET /letters/:id/print': { nobody: 303, rest: 404, ...readers5a },
  'GET /letters/:id/returns': { nobody: 303, rest: 403, ...writers(404), carl: 200 },
  'GET /letters/:id/returns.csv': { nobody: 303, rest: 403, ...writers(404), carl: 200 },
  'GET /letters/:id/paper': { nobody: 303, rest: 403, ...writers(404), carl: 200 },
  'POST /letters/:id/paper-replies': { nobody: 303, rest: 403, ...writers(404), carl: 303 },
  'GET /sign-in': alike(200, 303),
  'POST /sign-in': alike(422, 422),
  'POST /sign-out': alike(303, 303),
  'GET /register': alike(200, 200),
  'POST /register': alike(422, 422),
  'GET /register/account': alike(303, 303),
  'POST /register/account': alike(422, 422),
  'GET /terms/acceptance': alike(303, 303),
  'POST /terms/acceptance': alike(303, 422),
  'GET /terms': alike(200, 200),
  'GET /privacy': alike(200, 200),
  'GET /help': alike(200, 200),
  'GET /accessibility': alike(200, 200),
  'GET /recording': alike(200, 200),
  'GET /sign-in/factor': alike(303, 303),
  'POST /sign-in/factor': alike(303, 303),
  'GET /account/proof': { nobody: 303, rest: 303, ...proved(200) },
  'POST /account/proof': { nobody: 303, rest: 303, ...proved(422) },
  'GET /account/factors': alike(303, 200),
  'POST /account/factors': { nobody: 303, rest: 422, ...proved(303) },
  'GET /account/factors/new/:id': alike(303, 303),
  'POST /account/factors/new/:id': alike(303, 303),
  'POST /account/factors/removal': { nobody: 303, rest: 303, ...proved(404) },
  'POST /account/factors/codes': alike(303, 303),
  'GET /account/factors/codes': alike(303, 303),
  'POST /account/factors/codes/confirmation': alike(303, 303),
  'GET /factors/losses': { nobody: 303, rest: 403, dora: 200, hanna: 200 },
  'POST /factors/losses': { nobody: 303, rest: 403, dora: 422, hanna: 422 },
  'POST /factors/losses/:id/confirmation': { nobody: 303, rest: 403, dora: 404, hanna: 404 },
  'POST /factors/losses/:id/withdrawal': { nobody: 303, rest: 403, dora: 404, hanna: 404 },
  'GET /setup': alike(303, 303),
  'POST /setup': alike(422, 422),
  'GET /account': alike(303, 200),
  'POST /account/password': alike(303, 422),
  'POST /account/sessions/end': alike(303, 404),
  'POST /account/sessions/end-others': alike(303, 303),
  'POST /account/preferences': alike(303, 303),
  'POST /account/adult': { nobody: 303, rest: 403, ada: 404, bea: 404, selin: 404, deniz: 404, paula: 404, yusuf: 303 },
  'GET /account/children': alike(303, 200),
  'POST /account/children': alike(303, 422),
  'GET /preferences': alike(200, 200),
  'POST /preferences': alike(303, 303),
  ...office({
    'GET /roll': 200,
    'POST /roll/search': 200,
    'GET /roll/classes/:id': 404,
    'GET /roll/pupils/:id': 404,
    'POST /roll/pupils/:id/groups': 404,
    'POST /roll/guardianships/:id': 404,
    'GET /roll/imports/new': 200,
    'POST /roll/imports': 422,
    'GET /roll/imports/:id': 404,
    'POST /roll/imports/:id/mapping': 404,
    'POST /roll/imports/:id/options': 404,
    'POST /roll/imports/:id/application': 404,
    'GET /roll/custody': 200,
    'POST /roll/custody': 422,
    'GET /roll/codes': 200,
    'POST /roll/codes': 422,
    'GET /roll/codes/:batch': 200,
  }),
  'GET /cases': { nobody: 303, rest: 403, ...watchers(200) },
  'GET /auditors': alike(303, 200),
  'POST /auditors/invitations': { nobody: 303, rest: 403, ...auditors(422) },
  'POST /auditors/invitations/:id/confirmation': { nobody: 303, rest: 403, ...auditors(404), dora: 404, hanna: 404 },
  'POST /auditors/invitations/:id/withdrawal': { nobody: 303, rest: 403, ...auditors(404), dora: 404, hanna: 404 },
  'POST /auditors/:id/suspension': { nobody: 303, rest: 403, ...auditors(404), dora: 404, hanna: 404 },
  'POST /auditors/:id/revocation': { nobody: 303, rest: 403, ...auditors(404), dora: 404, hanna: 404 },
  'POST /auditors/:id/reinstatement': { nobody: 303, rest: 403, ...auditors(404), dora: 404, hanna: 404 },
  'GET /auditors/enrolment': { nobody: 303, rest: 403, ...everyOffice(404) },
  // Whoever has no second factor yet is led to where one is set up.
  'POST /auditors/enrolment': {
    nobody: 303,
    rest: 403,
    ...everyOffice(404),
    carl: 303,
    paula: 303,
    ole: 303,
    kim: 303,
  },
  'GET /auditors/passphrase': { nobody: 303, rest: 403, ...auditors(200) },
  'POST /auditors/passphrase': { nobody: 303, rest: 403, ...auditors(422) },
  'GET /auditors/drill': { nobody: 303, rest: 403, ...auditors(200) },
  'POST /auditors/drill': { nobody: 303, rest: 403, ...auditors(422) },
  'GET /auditors/reissue': { nobody: 303, rest: 403, ...auditors(200) },
  'POST /auditors/reissue': { nobody: 303, rest: 403, ...auditors(303), gero: 422 },
  'POST /auditors/reissue/part': { nobody: 303, rest: 403, ...auditors(303) },
  'POST /auditors/reissue/presence': { nobody: 303, rest: 403, ...auditors(200) },
  'POST /auditors/reissue/stop': { nobody: 303, rest: 403, ...auditors(303) },
  'GET /cases/new': { nobody: 303, rest: 403, ...auditors(200) },
  'POST /cases/new': { nobody: 303, rest: 403, ...auditors(200) },
  'POST /cases': { nobody: 303, rest: 403, ...auditors(422) },
  'GET /cases/:id': { nobody: 303, rest: 403, ...watchers(404) },
  'POST /cases/:id/reading': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/review': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/endorsement': { nobody: 303, rest: 403, hanna: 404 },
  'POST /cases/:id/cancellation': { nobody: 303, rest: 403, ...auditors(404) },
  'GET /cases/:id/opening': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/opening': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/opening/part': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/opening/presence': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/opening/stop': { nobody: 303, rest: 403, ...auditors(404) },
  'GET /cases/:id/report': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/report': { nobody: 303, rest: 403, ...auditors(404) },
  'GET /cases/:id/report/sheet': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/export': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/export/confirmation': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/extension': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/extension/confirmation': { nobody: 303, rest: 403, ...auditors(404) },
  'GET /cases/:id/closing': { nobody: 303, rest: 403, ...auditors(404) },
  'POST /cases/:id/closing': { nobody: 303, rest: 403, ...auditors(404) },
  'GET /cases/:id/notices': { nobody: 303, rest: 403, ...auditors(404) },
  'GET /openings/:id': alike(303, 404),
  'POST /openings/:id/reply': alike(303, 404),
  'GET /account/record': alike(303, 200),
  'POST /account/record': alike(303, 303),
  'GET /audit': { nobody: 303, rest: 403, ...everyOffice(200) },
  'POST /audit/check': { nobody: 303, rest: 403, ...everyOffice(422) },
  'GET /audit/sheet': { nobody: 303, rest: 403, ...everyOffice(200) },
  'POST /audit/restore': { nobody: 303, rest: 403, emil: 303, finja: 303, gero: 303 },
  'GET /audit/consistency': { nobody: 303, rest: 403, emil: 404, finja: 404, gero: 404, ole: 404, hanna: 404 },
  'GET /openings': alike(303, 200),
  'GET /observer': { nobody: 303, rest: 403, ole: 200 },
  'GET /locks': lockers(200),
  'GET /locks/new': lockers(200),
  'POST /locks/new': lockers(200),
  'POST /locks': { ...lockers(422), dora: 403 },
  'POST /locks/emergency': lockers(422),
  'GET /locks/:id': lockers(404),
  'POST /locks/:id/confirmation': { ...lockers(404), dora: 403 },
  'POST /locks/:id/withdrawal': lockers(404),
  'POST /locks/:id/lifting': { ...lockers(404), dora: 403 },
  'POST /locks/:id/lifting/confirmation': { ...lockers(404), dora: 403 },
  ...admin({
    'POST /audit/clock': 303,
    'POST /audit/pruning': 303,
    'GET /school': 200,
    'POST /school': 422,
    'POST /school/documents': 422,
    'GET /groups': 200,
    'POST /groups': 422,
    'GET /groups/:id': 404,
    'POST /groups/:id/staff': 404,
    'POST /groups/:id/staff/end': 404,
    'POST /groups/:id/leader': 404,
    'POST /groups/:id/end': 404,
    'POST /groups/:id/reopening': 404,
    'GET /staff': 200,
    'GET /staff/:id': 404,
    'POST /staff/invitations': 422,
    'POST /staff/invitations/again': 404,
    'POST /staff/invitations/end': 404,
    'GET /staff/invitations/:batch': 404,
    'POST /staff/:id/offices': 404,
    'POST /staff/:id/sessions/end': 404,
    'POST /staff/:id/end': 404,
  }),
}

/** Rows of pages for one office alone; their answer to it is what an empty form or an unknown id gets. */
function only(key: string): (rows: Readonly<Record<string, number>>) => Record<string, Row> {
  return rows =>
    Object.fromEntries(
      Object.entries(rows).map(([route, status]) => [route, { nobody: 303, rest: 403, [key]: status }]),
    )
}

/** Who has a second factor, and has just proved it. */
function proved(status: number): Record<string, number> {
  return Object.fromEntries(Object.keys(oneTimeSecrets).map(key => [key, status]))
}

function everyOffice(status: number): Record<string, number> {
  return Object.fromEntries(cast.filter(person => person.offices).map(person => [person.key, status]))
}

/** A letter by Carl to the guardians of the 5a, in the state that the route needs. */
async function letterBy(school: School, published: boolean): Promise<string> {
  const id = newId()
  const audience_id = newId()
  await systemChange(school.house.database, school.house.clock, 'demo', async change => {
    await change.write('audiences').insert({ id: audience_id })
    await change
      .write('audience_parts')
      .insert({ audience_id, group_id: school.ids.groups['5a'] ?? '', part: 'guardians' })
    await change.write('letters').insert({
      id,
      author_id: school.ids.accounts.carl ?? '',
      audience_id,
      title: 'Wandertag',
      text: 'Wir wandern.',
      answer: 'yes_no',
      question: 'Kommt Ihr Kind mit?',
      choices: '[]',
      respond_by: '2027-03-31',
      changed_at: change.at,
      number: published ? `EB-2026-${id}` : null,
      published_at: published ? change.at : null,
      withdrawn_at: null,
    })
  })
  return id
}

const ofDrafts = /\/(edit|preview|publication|deletion)$|^POST \/letters\/:id$/

/** Where a row's request goes, with what it takes to get past the form. */
async function target(school: School, route: string): Promise<Target> {
  const path = route.split(' ')[1] ?? ''
  if (!path.startsWith('/letters/:id')) return { path }
  const id = await letterBy(school, !ofDrafts.test(route))
  return { path: path.replace(':id', id), fields: { pupil: school.ids.pupils.anna ?? '', value: 'yes' } }
}

t.test('each of the cast gets at each route exactly what the table says', async t => {
  const school = await startSchool(t)
  for (const [route, row] of Object.entries(table)) {
    for (const key of everybody) {
      // Each comes long after the one before, so that nobody pays for another's tries.
      school.clock.now += 16 * 60_000
      const browser = await arrive(school, key)
      const { path, fields } = await target(school, route)
      const answer = route.startsWith('GET') ? await browser.get(path) : await browser.post(path, fields)
      const expected = row[key] ?? row.rest
      if (answer.status !== expected) t.fail(`${route} answers ${key} ${answer.status}, not ${expected}`)
      browser.close()
    }
  }
  t.equal((await school.audit()).filter(entry => entry.r === 'error').length, 0, 'and nothing broke')
})

async function arrive(school: School, key: string): Promise<Browser> {
  if (key !== 'nobody') return school.seated(key)
  const browser = school.visitor()
  await browser.get('/help')
  await browser.get('/register')
  return browser
}

t.test('the table names every route of the application, and no other', t => {
  const registered = routes.map(({ method, path }) => `${method} ${path}`)
  t.same(new Set(registered).symmetricDifference(new Set(Object.keys(table))), new Set())
  t.equal(new Set(registered).size, registered.length, 'none is registered twice')
  t.end()
})
