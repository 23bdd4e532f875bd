import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { CaseRefused } from './formats/refusal.ts'
import type { Act, Answer, Question, WorkerOptions } from './worker.ts'
import type { Standing } from './writing/standing.ts'

interface Asked {
  done(result: unknown): void
  failed(error: Error): void
}

/**
 * The thread that seals and writes: what is slow there keeps nobody waiting here. Where it has died of an exception, it
 * is started anew. A crash in SQLite, or no memory left, ends the whole process all the same; systemd starts it again.
 */
export class WritingThread {
  standing: Standing | null = null
  readonly #options: WorkerOptions
  readonly #clock: Clock
  readonly #asked = new Map<number, Asked>()
  #worker: Worker | null = null
  #next = 0

  constructor(options: WorkerOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  /** Rejects with the error of the thread, by name and message. */
  ask(act: Act): Promise<unknown> {
    this.#worker ??= this.#start()
    const worker = this.#worker
    const id = this.#next++
    const question: Question = { ...act, id, moment: { now: this.#clock.now(), trusted: this.#clock.trusted() } }
    return new Promise((done, failed) => {
      // Whoever waits for an answer keeps the process alive; the thread alone does not.
      worker.ref()
      this.#asked.set(id, { done, failed })
      worker.postMessage(question)
    })
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: this.#options,
      // Nothing of what the process was told to load first is needed there.
      execArgv: [],
    })
    worker.on('message', (answer: Answer) => this.#take(answer))
    worker.on('error', error => this.#lost(worker, error as Error))
    worker.on('exit', () => this.#lost(worker, new Error('The writing thread has ended')))
    return worker
  }

  #take({ id, result, error, standing }: Answer): void {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    if (this.#asked.size === 0) this.#worker?.unref()
    if (standing) this.standing = standing
    if (error?.reason) asked?.failed(new CaseRefused(error.reason))
    else if (error) asked?.failed(Object.assign(new Error(error.message), { name: error.name }))
    else asked?.done(result)
  }

  #lost(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = null
    const asked = [...this.#asked.values()]
    this.#asked.clear()
    for (const one of asked) one.failed(error)
  }

  async end(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    try {
      await this.ask({ act: 'close' })
    } finally {
      await worker.terminate()
      this.#lost(worker, new Error('The writing thread has ended'))
    }
  }
}
