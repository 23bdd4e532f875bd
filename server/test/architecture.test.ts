import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'
import type { Tables } from '../storage/tables.ts'

const server = join(import.meta.dirname, '..')

interface Import {
  readonly from: string
  readonly target: string
  readonly typeOnly: boolean
}
interface Source {
  readonly path: string
  readonly folder: string
  readonly name: string
  readonly text: string
  readonly code: string
  readonly imports: readonly Import[]
}

function read(path: string): Source {
  const text = readFileSync(join(server, path), 'utf8')
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  const imports = [
    ...code.matchAll(/(?:^|\n)\s*(?:import|export)\s(type\s)?(?:[^'"]*?\sfrom\s)?'([^']+)'|import\('([^']+)'\)/g),
  ].map(match => {
    const target = match[2] ?? match[3] ?? ''
    const own = target.startsWith('.')
    return {
      from: path,
      target: own ? relative(server, resolve(server, dirname(path), target)) : target,
      typeOnly: match[1] !== undefined,
    }
  })
  return {
    path,
    folder: path.includes('/') ? (path.split('/')[0] ?? '') : '',
    name: path.split('/').at(-1) ?? '',
    text,
    code,
    imports,
  }
}

const sources = readdirSync(server, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
  .map(entry => read(relative(server, join(entry.parentPath, entry.name))))
const product = sources.filter(source => !source.name.endsWith('.test.ts') && source.folder !== 'test')

const core = ['people', 'audit', 'storage', 'web']
const around = ['', 'cli', 'demo', 'bench', 'test']
const features = [...new Set(product.map(source => source.folder))].filter(
  folder => !core.includes(folder) && !around.includes(folder),
)
const isPages = (source: Source) => /(^|-)pages\.ts$/.test(source.name)
/** Whatever asks or changes the database. */
const isStore = (source: Source) => /\bvisibleTo\(|\.write\('|\.read\('/.test(source.code)

/** Fails for each import of these sources that the rule forbids. */
function forbid(t: Tap, which: readonly Source[], rule: (one: Import, source: Source) => boolean, why: string): void {
  const broken = which.flatMap(source =>
    source.imports.filter(one => rule(one, source)).map(one => `${source.path} → ${one.target}`),
  )
  t.same(broken, [], why)
}
type Tap = Pick<typeof t, 'same'>

const folderOf = (target: string) => target.split('/')[0] ?? ''

t.test('the rooms of the house open only into the rooms they may', async t => {
  t.ok(features.length >= 3, 'there are features to look at')
  forbid(
    t,
    product.filter(source => core.includes(source.folder)),
    one => features.includes(folderOf(one.target)),
    'the core imports no feature',
  )
  forbid(
    t,
    product.filter(source => features.includes(source.folder) && source.folder !== 'home'),
    (one, source) => features.includes(folderOf(one.target)) && folderOf(one.target) !== source.folder,
    'features do not import each other',
  )
  forbid(
    t,
    product.filter(source => source.folder === 'home'),
    one =>
      features.includes(folderOf(one.target)) &&
      folderOf(one.target) !== 'home' &&
      !/\/(store|drafts|replies|shown|desk)\.ts$/.test(one.target),
    'the start page asks other features only what they list and how they show it',
  )
  forbid(
    t,
    product.filter(source => features.includes(source.folder) && isPages(source)),
    one => one.target === 'knex' || (folderOf(one.target) === 'storage' && !one.typeOnly),
    'pages do not reach for the database',
  )
  forbid(
    t,
    product.filter(source => features.includes(source.folder) && isStore(source)),
    one =>
      one.target.startsWith('koa') ||
      one.target.startsWith('@koa') ||
      (folderOf(one.target) === 'web' && !one.typeOnly),
    'stores know nothing of the web',
  )
  forbid(
    t,
    product.filter(source => !around.includes(source.folder)),
    one =>
      ['app.ts', 'main.ts', 'jobs.ts'].includes(one.target) ||
      ['cli', 'demo', 'test', 'bench'].includes(folderOf(one.target)),
    'only the outside starts the house',
  )
})

t.test('the audit log can be read alone, and secrets are compared in one place', async t => {
  const allowed = new Set(['clock.ts', 'sqlite3', '@hpke/core', 'shamir-secret-sharing'])
  forbid(
    t,
    product.filter(source => source.folder === 'audit' && !isPages(source)),
    one => !one.target.startsWith('node:') && !one.target.startsWith('audit/') && !allowed.has(one.target),
    'audit/ imports no framework',
  )
  forbid(
    t,
    product.filter(source => source.path.startsWith('audit/formats/')),
    one => one.target !== 'node:crypto' && !one.target.startsWith('audit/formats/'),
    'audit/formats/ can be checked by anybody who has Node',
  )
  forbid(
    t,
    product.filter(source => /^audit\/verify(\/|\.ts$)/.test(source.path)),
    one => !/^(node:|audit\/formats\/|audit\/verify\/)/.test(one.target),
    'the verifier can be run by anybody who has Node',
  )
  const users = (target: string) =>
    product.filter(source => source.imports.some(one => one.target === target)).map(source => source.path)
  t.same(users('argon2'), ['people/passwords.ts'])
  const comparing = product.filter(
    source => /\bpasswordFits\(/.test(source.code) && source.path !== 'people/passwords.ts',
  )
  t.same(
    comparing.map(source => source.path),
    ['people/credentials.ts'],
  )
  t.same(
    product
      .filter(source => /\.append\(\{/.test(source.code) && !around.includes(source.folder))
      .map(source => source.path),
    ['web/page.ts', 'web/refused.ts'],
  )
})

t.test('the log is opened by two and for their request only', async t => {
  const opening = 'audit/opening'
  const inside: readonly (readonly [string, readonly string[]])[] = [
    ['openPeriodKey', [`${opening}/period-key.ts`]],
    ['joinShares', [`${opening}/period-key.ts`, `${opening}/reissue.ts`, `${opening}/review.ts`]],
    ['openShare', [`${opening}/period-key.ts`, `${opening}/shares.ts`]],
    ['insideOf', [`${opening}/report.ts`, `${opening}/review.ts`, `${opening}/scan.ts`]],
    ['search', [`${opening}/scan.ts`, `${opening}/search.ts`]],
    ['readSegment', [`${opening}/reading.ts`, `${opening}/search-worker.ts`]],
    ['readRecords', [`${opening}/reading.ts`]],
    ['combine', [`${opening}/period-key.ts`, 'audit/sealing/shares.ts', 'audit/test/reading.ts']],
  ]
  const outside = ['bench', 'test']
  for (const [name, allowed] of inside) {
    const users = product.filter(source => !outside.includes(source.folder)).filter(source => names(source, name))
    t.same(
      users.map(source => source.path),
      allowed,
      `${name} is no door for anybody else`,
    )
  }
})

/** Whether one of the audit log’s functions is made here or imported by its name. */
const names = ({ code }: Source, name: string) =>
  new RegExp(`export (async )?function ${name}\\b`).test(code) ||
  [...code.matchAll(/import (?!type)\{([^}]*)\} from '[^']*(?:opening\/|sealing\/|\.\/)[a-z-]+\.ts'/g)].some(match =>
    (match[1] ?? '').split(',').some(one => one.trim().split(' ')[0] === name),
  )

t.test('what may be seen is decided in one file', async t => {
  const doors = product.filter(source => /Viewer\.door\(/.test(source.code)).map(source => source.path)
  t.same(doors, ['people/visibility.ts'])
  const readers = product
    .filter(source => /\.(reader|writer)\b/.test(source.code) && features.includes(source.folder))
    .map(source => source.path)
  t.same(readers, [], 'no feature holds a door of the database')

  const tables = [...readFileSync(join(server, 'storage/tables.ts'), 'utf8').matchAll(/^ {2}(\w+): \{/gm)].map(
    match => match[1] as keyof Tables,
  )
  t.ok(tables.includes('letters'))
  const open = ['school', 'groups', 'documents']
  const closed = tables.filter(table => !open.includes(table)).join('|')
  const around = new RegExp(
    `(\\bFROM|\\bJOIN)\\s+(${closed})\\b|\\.(from|join|leftJoin|innerJoin)\\(\\s*['"\`](${closed})\\b|joinRaw`,
    'i',
  )
  const bypassing = product
    .filter(source => features.includes(source.folder) && around.test(source.code))
    .map(source => source.path)
  t.same(bypassing, [], 'no store joins or selects a table around visibleTo')

  const alone = product
    .filter(source => features.includes(source.folder) && /\bsystemChange\(/.test(source.code))
    .map(source => source.path)
  t.same(alone, [], 'features act for a person')
})

t.test('files stay small, folders keep their names, comments name no person to do things later', async t => {
  const migrations = /^storage\/migrations\//
  const long = product.filter(source => !migrations.test(source.path) && source.text.split('\n').length > 251)
  t.same(
    long.map(source => source.path),
    [],
    'no file over 250 lines',
  )
  const vague = sources.filter(source =>
    /(^|\/)(utils?|helpers?|common|services?|repositories|lib|misc)(\/|\.ts$)/.test(source.path),
  )
  t.same(
    vague.map(source => source.path),
    [],
  )
  const leftovers = product.filter(source =>
    /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error|nocheck)|biome-ignore|\bas any\b|: any\b/.test(source.text),
  )
  t.same(
    leftovers.map(source => source.path),
    [],
  )
  const swallowed = product.filter(source => /catch\s*(\([^)]*\))?\s*\{\s*\}/.test(source.code))
  t.same(
    swallowed.map(source => source.path),
    [],
    'no error is swallowed',
  )
})
