import { type ChildProcess, type Serializable, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** A server that the bench started and will end. */
export interface Server {
  readonly port: number
  /** Seconds from the start of the process to its first good answer. */
  readonly startSeconds: number
  /** Resident memory in bytes. */
  resident(): number
  /** Milliseconds of processor time used since the start, over all its threads. */
  cpuTime(): number
  /** Sends a message and waits for the one that comes back; only for a program of ours that answers. */
  ask<Answer>(message: Serializable): Promise<Answer>
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
const longestStart = 30_000

/** Ends what is still running; of other processes it knows nothing. */
export function endChildren(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Runs a program of ours to its end; its messages go to standard error. */
export async function runToEnd(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = start(process.execPath, args, env)
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`)
}

/** Starts a server of ours and waits until `path` answers 200. A script must hand its process over (`exec`). */
export async function startServer(
  command: string,
  args: readonly string[],
  port: number,
  path: string,
  channel?: 'ipc',
): Promise<Server> {
  const began = performance.now()
  const child = start(command, args, process.env, channel)
  while ((await statusOf(port, path)) !== 200) {
    if (child.exitCode !== null || performance.now() - began > longestStart) {
      child.kill('SIGKILL')
      throw new Error(`${command} does not answer`)
    }
    await wait(10)
  }
  const startSeconds = (performance.now() - began) / 1000
  return {
    port,
    startSeconds,
    resident: () => 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]),
    cpuTime() {
      // Fields 14 and 15 of proc_pid_stat(5), in hundredths; the second one may hold blanks, so count from its end.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return 10 * (Number(fields[11]) + Number(fields[12]))
    },
    async ask<Answer>(message: Serializable) {
      const answered = once(child, 'message')
      child.send(message)
      const [answer] = (await answered) as [Answer]
      return answer
    },
    async stop() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await ended
      clearTimeout(late)
    },
  }
}

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv, channel?: 'ipc'): ChildProcess {
  const stdio = ['ignore', 2, 2, ...(channel ? [channel] : [])] as const
  const child = spawn(command, args, { env, stdio: [...stdio], serialization: 'advanced' })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

function statusOf(port: number, path: string): Promise<number> {
  return new Promise(resolve => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        rejectUnauthorized: false,
        headers: { host: `localhost:${port}` },
      },
      answer => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    asked.once('error', () => resolve(0))
    asked.end()
  })
}

/** A port on which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
