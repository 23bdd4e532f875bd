import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'smol-toml'
import type { Test } from 'tap'
import { checkConfig } from '../config.ts'
import { cast, castPassword, oneTimeSecrets } from '../demo/cast.ts'
import { loginOf, type SmallSchool, seedSmallSchool } from '../demo/seed.ts'
import { openHouse } from '../main.ts'
import { codeAt, secretFrom } from '../people/one-time.ts'
import { Browser } from './browser.ts'
import { settingsFor } from './empty.ts'

const program = join(import.meta.dirname, '../cli/pforte.ts')

/** The small school on disk, served by the command as a process of its own: for what only a whole process can show. */
export class Served {
  readonly ids: SmallSchool
  readonly data: string
  readonly port: number
  readonly #settings: string
  readonly #t: Test
  #child: ChildProcess | null = null
  #said = ''

  private constructor(t: Test, ids: SmallSchool, data: string, port: number, settings: string) {
    this.#t = t
    this.ids = ids
    this.data = data
    this.port = port
    this.#settings = settings
  }

  /** `more` overrides settings. */
  static async prepare(t: Test, more: Readonly<Record<string, unknown>> = {}): Promise<Served> {
    const settings = await settingsFor(t, more)
    const { house, close } = await openHouse(checkConfig(settings), {
      migrate: true,
      logTo: { write: () => undefined },
    })
    const ids = await seedSmallSchool(house, { memory: 1024, time: 1, lanes: 1 })
    await close()
    const file = join(settings.data, 'pforte.toml')
    writeFileSync(file, stringify(settings))
    return new Served(t, ids, settings.data, settings.listen.port, file)
  }

  /** Everything that the processes have said until now, on both of their outputs. */
  get said(): string {
    return this.#said
  }

  /** Starts the process. Resolves with null once it listens, or with its exit status where it ended before. `limit`: see `limitFiles`. */
  async start(limit?: number): Promise<number | null> {
    // A test runner loads things into every process, which would not let signals be; `env` starts this one without.
    const command = ['env', '-u', 'NODE_OPTIONS', process.execPath, program, 'serve', '--config', this.#settings]
    const limited = limit === undefined ? [] : ['prlimit', `--fsize=${limit}:`]
    const [first = '', ...rest] = [...limited, ...command]
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#t.teardown(() => child.kill('SIGKILL'))
    const before = this.#said.length
    return new Promise(resolve => {
      child.once('close', code => resolve(code ?? -1))
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          this.#said += chunk.toString()
          if (this.#said.slice(before).includes('"listening"')) resolve(null)
        })
    })
  }

  /** Ends the process, and resolves when it has ended. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill(signal)
    await ended
  }

  /** The largest file that the process may write, in bytes, from now on: the kernel refuses whatever goes beyond. */
  async limitFiles(bytes: number | 'unlimited'): Promise<void> {
    const limit = `--fsize=${bytes}:`
    await new Promise<void>((resolve, reject) => {
      execFile('prlimit', [`--pid=${this.#child?.pid}`, limit], error => (error ? reject(error) : resolve()))
    })
  }

  /** A browser that nobody is signed in to. */
  visitor(address?: string): Browser {
    const browser = new Browser(this.port, address)
    this.#t.teardown(() => browser.close())
    return browser
  }

  /** A browser in which somebody of the cast has signed in, once in half a minute: with the password, and with the code of an app where they need one. */
  async as(key: string, address?: string): Promise<Browser> {
    const person = cast.find(one => one.key === key)
    if (!person) throw new Error(`Nobody in the cast is called ${key}`)
    const browser = this.visitor(address)
    await browser.get('/sign-in')
    let answer = await browser.post('/sign-in', { login: loginOf(person), password: castPassword })
    if (answer.headers.location === '/sign-in/factor') {
      await browser.get('/sign-in/factor')
      const proof = codeAt(secretFrom(oneTimeSecrets[key] ?? ''), Date.now())
      answer = await browser.post('/sign-in/factor', { proof })
    }
    if (answer.status !== 303) throw new Error(`${key} could not sign in: ${answer.status}`)
    await browser.get(answer.headers.location ?? '/')
    return browser
  }
}
