import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { serialize } from 'node:v8'
import t from 'tap'
import { quickFolder } from '../../test/folder.ts'
import { Dice } from '../test/dice.ts'
import { Reading } from '../test/reading.ts'
import { closing, goingOn, pruning } from '../test/scripted-life.ts'
import { makeAuditors, SmallLog, trusted } from '../test/small-log.ts'
import { Told } from '../test/told.ts'
import { verdictOn } from '../test/verdict.ts'

/** PFORTE_SEED repeats what another run has told; PFORTE_FULL goes on for longer (`scripts/check audit --full`). */
const full = process.env.PFORTE_FULL === '1'
const seed = Number(process.env.PFORTE_SEED ?? Date.now() % 1_000_000)
const killedTwice = full ? 2_000 : 12
const program = join(import.meta.dirname, '../test/killed-process.ts')
t.setTimeout(full ? 0 : 600_000)

const home = quickFolder(t)
const key = generateKeyPairSync('ed25519').privateKey
const auditors = await makeAuditors(3)
writeFileSync(join(home, 'key.pem'), key.export({ format: 'pem', type: 'pkcs8' }))
writeFileSync(join(home, 'auditors'), serialize(auditors))

/** How many steps it took, or null if it was killed on the way. */
async function live(folder: string, ...told: string[]): Promise<number | null> {
  mkdirSync(folder, { recursive: true })
  // tap gives every child something to load first, which would take longer than its whole life.
  const child = spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, program, folder, ...told], {
    env: { ...process.env, NODE_COMPILE_CACHE: join(home, 'compiled') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [said, complaint, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  if (signal === 'SIGKILL') return null
  if (code !== 0) throw new Error(complaint)
  return Number(said)
}

/** What a plain start makes of what the killed one has left. */
async function checkRemains(folder: string): Promise<void> {
  const log = new SmallLog(folder, key)
  log.segmentSize = 8
  const told = new Told(join(folder, 'told'))
  log.watch = (one, plaintext) => told.key(one, plaintext)
  const stage = { auditors, reached: told.reached.bind(told), acknowledged: told.acknowledged.bind(told) }
  const verdict = await verdictOn(log)
  if (verdict !== null && verdict !== 'Das Verzeichnis ist leer') throw new Error(`as it was left: ${verdict}`)
  const began = performance.now()
  const writer = await log.writer({ now: told.lastTime, trusted: false })
  const waited = performance.now() - began
  if (waited > 5_000) throw new Error(`the start took ${waited} ms`)
  for (const act of goingOn(told.lastTime)) await act({ ...stage, writer }, 0)
  await closing(told.lastTime)({ ...stage, writer }, 0)
  await wholeAndComplete(log, told)
  const end = trusted(told.lastTime + 40 * 86_400_000)
  const last = await log.writer(end)
  await pruning(end)({ ...stage, writer: last }, 0)
  await last.close(end)
  await wholeAndComplete(log, told)
  told.end()
}

async function wholeAndComplete(log: SmallLog, told: Told): Promise<void> {
  const verdict = await verdictOn(log)
  if (verdict !== null) throw new Error(verdict)
  told.checkRecords(await log.look(database => new Reading(database, auditors).segments()))
  told.checkKeys()
}

/** Two at a time. */
async function forEach<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...list]
  const hand = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next)
  }
  await Promise.all([hand(), hand()])
}

const survived = (folder: string, what: string) =>
  checkRemains(folder).catch(cause => {
    throw new Error(what, { cause })
  })

t.test(
  'L13: killed before any step towards the disk, the log goes on whole with all that was acknowledged',
  async t => {
    const steps = Number(await live(join(home, 'dry')))
    t.comment(`seed ${seed}`)
    // Every second one, which ones the seed says; with PFORTE_FULL all of them.
    const kills = Array.from({ length: steps }, (_, index) => index + 1).filter(step => full || (step + seed) % 2 === 0)
    t.ok(kills.length >= 200)
    await forEach(kills, async step => {
      const folder = join(home, `at-${step}`)
      t.equal(await live(folder, String(step)), null)
      await survived(folder, `killed at step ${step}`)
      rmSync(folder, { recursive: true })
    })

    t.test('and killed again while it recovers', async t => {
      const dice = new Dice(seed)
      const pairs = Array.from({ length: killedTwice }, () => [dice.between(1, steps), dice.between(1, 45)] as const)
      await forEach([...pairs.entries()], async ([number, [first, second]]) => {
        const folder = join(home, `twice-${number}`)
        t.equal(await live(folder, String(first)), null)
        await live(folder, String(second), 'go-on')
        await survived(folder, `PFORTE_SEED=${seed}: killed at step ${first}, then at step ${second}`)
        rmSync(folder, { recursive: true })
        if (number % 100 === 99) t.comment(`seed ${seed}: ${number + 1} of ${pairs.length} killed twice`)
      })
    })
  },
)
