/**
 * Lives a scripted life and kills itself before the step that it is told: `killed-process.ts FOLDER STEP [go-on]`.
 * Without a step it lives to the end and says how many there were.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize } from 'node:v8'
import { Writer } from '../writing/writer.ts'
import { closing, goingOn, script } from './scripted-life.ts'
import { keyFrom, SmallLog, type TestAuditor } from './small-log.ts'
import { steppingAnchor, steppingFile } from './steps.ts'
import { Told } from './told.ts'

const [folder = '', last = '0', how] = process.argv.slice(2)
const auditors = deserialize(readFileSync(join(folder, '../auditors'))) as TestAuditor[]
const log = new SmallLog(folder, keyFrom(join(folder, '../key.pem')))
log.segmentSize = 8
const told = new Told(join(folder, 'told'))

let steps = 0
/** Reading leaves nothing behind, and inside a transaction the disk is the same after a statement as before the next. */
const step = (name: string) => {
  if (!/^before (?!SELECT)|^after (COMMIT|anchor|keep)/.test(name)) return
  steps += 1
  if (steps === Number(last)) process.kill(process.pid, 'SIGKILL')
}
const writer = new Writer(steppingFile(await log.open(), step), steppingAnchor(log.anchor, step), {
  ...log.options,
  watch: (key, plaintext) => told.key(key, plaintext),
})
const stage = {
  writer,
  auditors,
  reached: told.reached.bind(told),
  acknowledged: told.acknowledged.bind(told),
}
for (const act of how === 'go-on' ? goingOn(told.lastTime) : script) await act(stage, 0)
await closing(told.lastTime)(stage, 0)
console.log(steps)
