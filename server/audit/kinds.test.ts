import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { routes } from '../app.ts'
import { jobs } from '../jobs.ts'
import { startSchool } from '../test/school.ts'
import { allowedDetail, checkedDetails } from './details.ts'
import { type Action, actions, areas, everywhere, type Kind, kinds, purposes } from './kinds.ts'

const root = join(import.meta.dirname, '../..')
const sources = readdirSync(join(root, 'server'), { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
  .map(entry => join(entry.parentPath, entry.name))
  .filter(path => !/\/server\/(test|bench)\/|\/audit\/kinds\.ts$/.test(path))
  .map(path => ({ path: path.slice(root.length + 1), text: readFileSync(path, 'utf8') }))
const catalogues = ['de', 'en'].map(code => ({
  code,
  texts: JSON.parse(readFileSync(join(root, `config/locales/${code}.json`), 'utf8')) as Record<string, string>,
}))
const isKind = (name: string): name is Action => Object.hasOwn(kinds, name)

t.test('the inventory is sorted, and every word of it is explained to parents in both languages', async t => {
  t.same(actions, actions.toSorted())
  t.same(new Set(actions.map(action => kinds[action].area)), new Set(areas), 'no area is empty')
  t.same(new Set(actions.map(action => kinds[action].why)), new Set(purposes), 'no purpose is without a kind')
  const keys = [
    ...actions.map(action => `audit.kind.${action}`),
    ...areas.map(area => `audit.kinds.area.${area}`),
    ...purposes.map(why => `audit.kinds.why.${why}`),
  ]
  for (const { code, texts } of catalogues) {
    for (const key of keys) if (!texts[key]) t.fail(`${code} lacks ${key}`)
    const gone = Object.keys(texts).filter(key => key.startsWith('audit.kind.') && !isKind(key.slice(11)))
    t.same(gone, [], `${code} explains only what there is`)
  }
})

t.test(
  'every route, job and command records a kind of the inventory, and every kind is recorded by somebody',
  async t => {
    for (const { method, path, action } of routes)
      if (action !== null && !isKind(action)) t.fail(`${method} ${path} records ${action}`)
    for (const { path, text } of sources)
      for (const [, name = ''] of text.matchAll(/\baction: '([^']+)'/g))
        if (!isKind(name)) t.fail(`${path} records ${name}`)
    const all = sources.map(source => source.text).join('\n')
    const unused = actions.filter(action => !all.includes(`'${action}'`))
    t.same(unused, [])
  },
)

t.test('every detail that a source adds is in the inventory, and every detail there is added by a source', async t => {
  const inventory = new Set(actions.flatMap(action => Object.keys(kinds[action].details)))
  const added = new Set<string>()
  for (const { path, text } of sources) {
    for (const [, name = ''] of text.matchAll(/\.detail\(\s*'([^']*)'/g)) {
      added.add(name)
      if (!inventory.has(name) && !Object.hasOwn(everywhere, name)) t.fail(`${path} adds the detail ${name}`)
    }
    for (const [, name] of text.matchAll(/\.detail\(\s*([^'\s)][^,)]*),/g))
      t.fail(`${path} adds a detail whose name stands only in ${name}`)
    for (const [, action = '', list = ''] of text.matchAll(/\baction: '([^']+)',[^{}]*\bdetails: \{([^{}]*)\}/g))
      for (const [, name = ''] of list.matchAll(/(?:^|,)\s*(\w+)/g)) {
        added.add(name)
        if (!isKind(action) || allowedDetail(action, name) === undefined) t.fail(`${path}: ${action} has ${name}`)
      }
  }
  t.same([...inventory].filter(name => !added.has(name)).sort(), [])
  for (const { path, text } of sources) {
    const own = [...text.matchAll(/\baction: '([^']+)'/g)].flatMap(([, name = '']) => (isKind(name) ? [name] : []))
    for (const [, name = ''] of text.matchAll(/\bpage\.detail\('([^']+)'/g))
      if (!Object.hasOwn(everywhere, name) && !own.some(action => allowedDetail(action, name) !== undefined))
        t.fail(`no kind of ${path} has ${name}`)
  }
})

t.test('only the signs of life of two people who open together repeat themselves', async t => {
  const repeating = actions.filter(action => (kinds[action] as Kind).repeats)
  t.same(repeating, ['auditor.reissue.presence', 'case.opening.presence'])
  for (const { method, path, action } of routes)
    if (action && repeating.includes(action)) t.match(`${method} ${path}`, /^POST .*\/presence$/)
  for (const { path, text } of sources)
    for (const [, name = ''] of text.matchAll(/\bpage\.is\('([^']+)'/g))
      if (!isKind(name)) t.fail(`${path} records ${name}`)
})

t.test('details are numbers and words from closed lists', async t => {
  t.same(checkedDetails('letter.read', {}), {})
  t.same(checkedDetails('letter.read', { status: 404, groups: 70 }), { status: 404, groups: 70 })
  t.same(checkedDetails('roll.import.apply', { rows: 812, codes: 0 }), { rows: 812, codes: 0 })
  t.same(checkedDetails('staff.office', { office: 'head', act: 'end' }), { office: 'head', act: 'end' })
  t.same(checkedDetails('csrf.blocked', { attempted: 'letter.publish', status: 403 }), {
    attempted: 'letter.publish',
    status: 403,
  })
  t.same(checkedDetails('command.import', { purpose: 'demo' }), { purpose: 'demo' })
  for (const { name } of jobs) t.same(checkedDetails('job.run', { job: name, count: 3 }), { job: name, count: 3 })
})

t.test('everything else is refused, and the refusal does not repeat it', async t => {
  const secret = 'Masern bei Anna'
  const refused: readonly [string, Action, Record<string, unknown>, RegExp][] = [
    ['text under a new name', 'letter.read', { reason: secret }, /letter\.read .*reason/],
    ['a detail of another kind', 'letter.read', { rows: 3 }, /letter\.read .*rows/],
    ['text for a number', 'roll.import.apply', { rows: secret }, /rows of roll\.import\.apply/],
    ['a number as text', 'roll.import.apply', { rows: '3' }, /rows/],
    ['text for a word', 'staff.office', { office: secret }, /office of staff\.office/],
    ['a number for a word', 'staff.office', { office: 3 }, /office/],
    ['text for a kind', 'csrf.blocked', { attempted: secret }, /attempted of csrf\.blocked/],
    ['a kind that only objects have', 'csrf.blocked', { attempted: 'constructor' }, /attempted/],
    ['a job that does not exist', 'job.run', { job: secret }, /job of job\.run/],
    ['a name that only objects have', 'letter.read', { constructor: 1 }, /constructor/],
    ['another such name', 'letter.read', JSON.parse('{"__proto__":1}'), /__proto__/],
    ['half a pupil', 'roll.code.issue', { count: 0.5 }, /count/],
    ['no number', 'roll.code.issue', { count: Number.NaN }, /count/],
    ['no end', 'roll.code.issue', { count: Number.POSITIVE_INFINITY }, /count/],
    ['more than a number holds', 'roll.code.issue', { count: 2 ** 53 }, /count/],
    ['nothing', 'roll.code.issue', { count: null }, /count/],
    ['an object', 'roll.code.issue', { count: { toString: () => secret } }, /count/],
    ['a list', 'staff.office', { office: ['head'] }, /office/],
  ]
  for (const [name, action, details, message] of refused) {
    try {
      checkedDetails(action, details)
      t.fail(name)
    } catch (error) {
      const text = `${(error as Error).message}${(error as Error).cause ?? ''}`
      t.match(text, message, name)
      t.notMatch(text, secret, `${name}: without the value`)
    }
  }
  t.throws(() => checkedDetails(secret as Action, {}), { message: /^(?!.*Masern)/ })
})

t.test('everybody can read what is recorded, why and how long, signed in or not', async t => {
  const school = await startSchool(t)
  const answer = await school.visitor().get('/recording')
  t.equal(answer.status, 200)
  const german = catalogues[0]?.texts ?? {}
  for (const action of actions)
    if (!answer.body.includes(`<li>${german[`audit.kind.${action}`]}</li>`)) t.fail(`${action} is not on the page`)
  t.match(answer.body, /bleibt 90 Tage[\s\S]*35 Tage länger[\s\S]*125 Tage/)
  t.notMatch(answer.body, /audit\.kinds?\./, 'no key is left without its text')
  const english = await school.visitor().get('/recording', { 'accept-language': 'en' })
  t.match(english.body, 'A letter was opened')
  for (const path of ['/help', '/privacy', '/sign-in'])
    t.match((await school.visitor().get(path)).body, 'href="/recording"', `${path} leads there`)
})
