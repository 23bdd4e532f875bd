import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { deriveKey, writeCost } from '../../people/passwords.ts'
import { approvedCase, caseLog } from '../../test/approved-case.ts'
import { cheapKeys } from '../../test/audit.ts'
import type { Wrapping } from '../../test/sealed-log.ts'
import { periodsOf } from './approved.ts'
import { type Holder, joinShares } from './period-key.ts'
import { ownShares } from './shares.ts'

const passphrases = ['amsel birke dachs eule fichte gans hafer', 'igel jolle kiebitz lerche marder nuss otter']

/** Everything that the process can write to, or could have: its memory, without what is only mapped from files to be read. */
function memoryOf(pid: number): Buffer[] {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .flatMap(line => {
        const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
        if (!from || !to) return []
        const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)]
        const bytes = Buffer.alloc(end - start)
        try {
          return [bytes.subarray(0, readSync(memory, bytes, 0, bytes.length, start))]
        } catch {
          return []
        }
      })
  } finally {
    closeSync(memory)
  }
}

async function wrappingOf(passphrase: string): Promise<Wrapping> {
  const salt = randomBytes(16)
  return { kek: await deriveKey(passphrase, salt, cheapKeys), salt, kdf: writeCost(cheapKeys) }
}

t.test('L15: after a ceremony memory holds no key, no seed and no share', async t => {
  const folder = t.testdir({ log: {} })
  const log = await caseLog(join(folder, 'log'), await Promise.all(passphrases.map(wrappingOf)))
  const id = await approvedCase(log)
  const [emil, finja] = log.holders
  const periods = await periodsOf(log.file, 0, 1_000_000)
  const secrets = new Map<string, Buffer>()
  const share = async (name: string, holder: Holder) => {
    const shares = await ownShares(log.file, log.instance, periods, holder)
    for (const [period, bytes] of shares) secrets.set(`${name}’s share of ${period}`, bytes)
    secrets.set(`${name}’s private key`, holder.pair.privateKey)
    return shares
  }
  const [a, b] = [await share('Emil', emil), await share('Finja', finja)]
  for (const [period, bytes] of a) {
    const { seed, pair } = await joinShares(log.file, period, bytes, b.get(period) ?? Buffer.alloc(0))
    secrets.set(`the seed of ${period}`, seed)
    secrets.set(`the key of ${period}`, pair.privateKey)
  }
  await log.file.close()
  await log.writer.close(log.moment)
  t.ok(secrets.size >= 10)

  const snapshot = join(folder, 'heap.heapsnapshot')
  const program = join(import.meta.dirname, '../../test/ceremony-process.ts')
  const child = spawn(process.execPath, ['--expose-gc', program, log.path, String(id), snapshot], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: '8' },
  })
  t.teardown(() => child.kill('SIGKILL'))
  child.stdin.end(passphrases.join('\n'))
  const [said] = await once(child.stdout, 'data')
  t.match(String(said), /^16\n/, 'the case was opened, and records were found')

  const heap = readFileSync(snapshot, 'latin1')
  for (const [name, bytes] of secrets) {
    const forms = ['hex', 'base64', 'base64url'].map(form => bytes.toString(form as 'hex').slice(0, 40))
    t.same(
      forms.filter(form => heap.includes(form)),
      [],
      `${name} is no text on the heap`,
    )
  }
  const memory = memoryOf(child.pid ?? 0)
  t.ok(
    memory.some(part => part.includes('ceremony-process')),
    'memory can be read',
  )
  const found = [...secrets].filter(([, bytes]) => memory.some(part => part.includes(bytes.subarray(0, 24))))
  t.same(
    found.map(([name]) => name),
    [],
    'nor are its bytes anywhere in memory',
  )
  const words = passphrases.map(one => [heap.split(one).length - 1, memory.filter(part => part.includes(one)).length])
  t.comment(`passphrases that linger: on the heap and in parts of memory ${JSON.stringify(words)}`)
})
