import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import t from 'tap'
import { jobs } from '../jobs.ts'

// Teleport, issue 7663: the rule held on the pages, and a command of the administrator went around it.

const server = join(import.meta.dirname, '..')
const command = join(server, 'cli/pforte.ts')

const codeOf = (path: string) =>
  readFileSync(join(server, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')

/** The files that a file takes values from, types apart; relative to the server's folder. */
function importsOf(path: string): string[] {
  const found = [
    ...codeOf(path).matchAll(/(?:^|\n)\s*(?:import|export)\s(?!type\s)[^'"]*?'(\.[^']+)'|import\('(\.[^']+)'\)/g),
  ]
  return found.map(match => relative(server, resolve(server, path, '..', match[1] ?? match[2] ?? '')))
}

function reachable(from: readonly string[], closed: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const waiting = [...from]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    if (!closed.includes(path)) waiting.push(...importsOf(path))
  }
  return seen
}

/** Whatever decides, opens, reads, appoints or locks. */
const forbidden =
  /^(audit\/opening\/|auditors\/|people\/(auditors|ceremon\w+|locks|enrolment|passphrase)\.ts|cases\/.*(pages|opening|request|review|pair|report|lock-)\b)/

t.test('the command has these verbs and no others', t => {
  const verbs = [...codeOf('cli/pforte.ts').matchAll(/^ {2}(\w+): async \(\) => \(await import/gm)].map(
    match => match[1],
  )
  t.same(verbs, ['serve', 'migrate', 'import', 'admin', 'job', 'status', 'audit'])
  t.match(codeOf('cli/audit.ts'), "usage: 'audit verify")
  for (const words of [
    ['approve', '1'],
    ['audit', 'open'],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, [command, ...words], { encoding: 'utf8' })
    t.equal(status, 2, words.join(' '))
    t.notMatch(stderr, /at .*\.ts:\d/, 'one sentence, no stack')
  }
  t.end()
})

t.test('no verb that runs beside the portal gets at what opens the log, decides a case or locks an account', t => {
  // What `openHouse` makes is the house; its pages are behind the gate, and only `serve` shows them.
  const closed = ['main.ts', 'jobs.ts', 'cli/serve.ts']
  const files = reachable(['cli/pforte.ts'], closed)
  t.ok(files.has('cli/job.ts') && files.has('cli/import.ts'), 'the verbs were followed')
  t.same(
    [...files].filter(path => forbidden.test(path)),
    [],
  )
  t.end()
})

t.test('no task does, either, and no file of the command takes a step of a case', t => {
  const taken = importsOf('jobs.ts').filter(path => forbidden.test(path))
  t.same(taken, [])
  t.notOk(
    jobs.some(({ name }) => /approv|open|lock$|review|endors|confirm/.test(name)),
    'a task only ends what is over',
  )
  const scripts = readdirSync(join(server, 'cli')).filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  // The demo's school is invented, and the bench throws its own away.
  for (const name of scripts.filter(one => !['demo.ts', 'bench.ts'].includes(one)))
    t.notMatch(codeOf(`cli/${name}`), /\.(step|appoint|enrol|hold)\(|locked_at|confirm(Lock|Lift)|lockForNow/, name)
  t.end()
})

t.test('what opens a case is called by its two pages alone', t => {
  const sources = execFileSync('find', [server, '-name', '*.ts', '-not', '-name', '*.test.ts'], { encoding: 'utf8' })
  const product = sources
    .trim()
    .split('\n')
    .map(path => relative(server, path))
    .filter(path => !/^(bench|test|demo)\/|\/test\//.test(path))
  const calling = (name: string) =>
    product.filter(path => new RegExp(`(?<!function )\\b${name}\\(`).test(codeOf(path))).sort()
  for (const name of ['confirmLock', 'confirmLift', 'proposeLock', 'proposeLift', 'lockForNow', 'withdrawLock'])
    t.same(calling(name), ['cases/lock-pages.ts'], name)
  for (const path of calling('openReview')) t.match(path, /^(cases|audit\/opening)\//)
  for (const path of calling('openAuditorKey')) t.match(path, /^(cases|auditors|people)\//)
  t.end()
})
