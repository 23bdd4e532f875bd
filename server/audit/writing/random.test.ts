import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { quickFolder } from '../../test/folder.ts'
import { RandomLife } from '../test/random-life.ts'
import { makeAuditors, SmallLog } from '../test/small-log.ts'

/** PFORTE_SEED repeats what another run has told; PFORTE_FULL goes on for longer (`scripts/check audit --full`). */
const full = process.env.PFORTE_FULL === '1'
const firstSeed = Number(process.env.PFORTE_SEED ?? Date.now() % 1_000_000)
const [lives, stepsEach] = full ? [200, 1_000] : [20, 500]

t.setTimeout(full ? 0 : 600_000)

t.test('whatever happens to the log, it stays whole and holds what it was given', async t => {
  const auditors = await makeAuditors(5)
  const folder = quickFolder(t)
  for (let seed = firstSeed; seed < firstSeed + lives; seed += 1) {
    const log = new SmallLog(join(folder, String(seed)))
    const life = new RandomLife(log, auditors, seed)
    await life.live(stepsEach).catch(cause => {
      throw new Error(`PFORTE_SEED=${seed}, after ${life.counts.steps} steps`, { cause })
    })
    const { steps, records, failures, pruned, restores, caseSteps } = life.counts
    t.comment(
      `seed ${seed}: ${steps} steps, ${records} records, ${failures} failures, ${pruned} pruned, ${restores} restored, ${caseSteps} steps of cases`,
    )
    rmSync(log.folder, { recursive: true })
    t.pass(`seed ${seed}`)
  }
})
