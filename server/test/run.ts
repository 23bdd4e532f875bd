// Runs types, lint and tests and says at the end "N passed, N failed".
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { startTally } from './tally.ts'

const home = join(import.meta.dirname, '../..')
const env: NodeJS.ProcessEnv = { ...process.env, CI: 'true', NO_COLOR: '1' }
delete env.TAP
delete env.FORCE_COLOR
// Every test, every thread and every command that a test starts would compile the same files again.
env.NODE_COMPILE_CACHE ??= join(home, '.tap/compiled')

const usage = `Usage: scripts/check [FILE...]             types, lint and the quick tests, or these tests
       scripts/check audit [--seed N]      the tests of the sealed log
       scripts/check audit --full [--seed N]
                                           its random and violent tests at length, for hours: 200,000 random
                                           steps, 2,000 kills. They print their seeds; --seed repeats one or goes on from it.`
const { fast, full, seed, named } = readArguments()
if (full) env.PFORTE_FULL = '1'
if (seed !== undefined) env.PFORTE_SEED = seed
const totals = { passed: 0, failed: 0 }

function readArguments() {
  const options = { fast: { type: 'boolean' }, full: { type: 'boolean' }, seed: { type: 'string' } } as const
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options })
    const good = (!values.full && values.seed === undefined) || positionals[0] === 'audit'
    if (good && (values.seed === undefined || /^\d+$/.test(values.seed))) return { ...values, named: positionals }
  } catch (error) {
    console.error((error as Error).message)
  }
  console.error(usage)
  process.exit(2)
}

/** Resolves with whether the command ended well; its output goes to `report` line by line. */
function run(command: string, args: string[], report: (line: string) => void): Promise<boolean> {
  const child = spawn(join(home, 'node_modules/.bin', command), args, {
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', input === child.stdout ? report : line => console.log(line))
  return new Promise(resolve => {
    child.on('error', error => {
      console.error(error.message)
      resolve(false)
    })
    child.on('close', code => resolve(code === 0))
  })
}

async function check(name: string, command: string, args: string[]) {
  const good = await run(command, args, line => console.log(line))
  console.log(`${good ? 'ok' : 'FAILED'}  ${name}`)
  totals[good ? 'passed' : 'failed'] += 1
}

const atLength = 'server/audit/**/{bits,failing,killed,random}.test.ts'

/** Daily work leaves out what is slow: browsers, and tests that say so in their name. */
function testFiles(): string[] {
  if (named[0] === 'audit') return globSync(full ? atLength : 'server/audit/**/*.test.ts', { cwd: home }).sort()
  if (named.length > 0) return named
  const all = globSync('server/**/*.test.ts', { cwd: home }).sort()
  return fast ? all.filter(file => !file.startsWith('server/test/browser/') && !file.endsWith('.slow.test.ts')) : all
}

async function runTests() {
  const { read, tally } = startTally(line => console.log(line))
  const good = await run(
    'tap',
    ['--reporter=tap', '--disable-coverage', ...(full ? ['--jobs=1'] : []), ...testFiles()],
    line => {
      if (full && /^ +# seed /.test(line)) console.log(line.trim())
      read(line)
    },
  )
  if (!tally.finished) console.log('FAILED  tap ended before it had reported everything')
  const unexplained = !tally.finished || (!good && tally.failed === 0) || tally.passed + tally.failed === 0
  totals.passed += tally.passed
  totals.failed += tally.failed + (unexplained ? 1 : 0)
}

await check('types', 'tsc', ['--noEmit', '--pretty', 'false'])
await check('lint', 'biome', ['check', '--colors=off', '--diagnostic-level=error', '--max-diagnostics=50'])
await runTests()
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed === 0 ? 0 : 1
