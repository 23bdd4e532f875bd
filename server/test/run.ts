// Runs types, lint and tests and says at the end "N passed, N failed".
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startTally } from './tally.ts'

const home = join(import.meta.dirname, '../..')
const env: NodeJS.ProcessEnv = { ...process.env, CI: 'true', NO_COLOR: '1' }
delete env.TAP
delete env.FORCE_COLOR

const fast = process.argv.includes('--fast')
const named = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const totals = { passed: 0, failed: 0 }

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

/** Daily work leaves out what is slow: browsers, and tests that say so in their name. */
function testFiles(): string[] {
  if (named.length > 0) return named
  const all = globSync('server/**/*.test.ts', { cwd: home }).sort()
  return fast ? all.filter(file => !file.startsWith('server/test/browser/') && !file.endsWith('.slow.test.ts')) : all
}

async function runTests() {
  const { read, tally } = startTally(line => console.log(line))
  const good = await run('tap', ['--reporter=tap', '--disable-coverage', ...testFiles()], read)
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
