import type { File } from '../file.ts'
import { Writer } from '../writing/writer.ts'
import type { SmallLog } from './small-log.ts'
import { steppingAnchor, steppingFile } from './steps.ts'

/** Nothing else that goes wrong is forgiven. */
class Broken extends Error {}

/** A log whose disk refuses one step when it is told to, and works again afterwards. */
export class FailingLog {
  /** After so many more steps towards the disk, one fails; 0 for none. */
  fuse = 0
  failures = 0
  /** How many steps there were in all. */
  steps = 0
  /** The connection itself: what it does never fails on purpose. */
  file: File | null = null
  readonly log: SmallLog
  #writer: Writer | null = null

  constructor(log: SmallLog) {
    this.log = log
  }

  #step(name: string): void {
    this.steps += 1
    if (this.fuse === 0) return
    this.fuse -= 1
    if (this.fuse === 0) throw new Broken(name)
  }

  /** The writer at work; opens the file where it is closed. */
  async writer(): Promise<Writer> {
    if (this.#writer) return this.#writer
    const step = (name: string) => this.#step(name)
    this.file = await this.log.open()
    this.#writer = new Writer(steppingFile(this.file, step), steppingAnchor(this.log.anchor, step), this.log.options)
    return this.#writer
  }

  /** Whether it worked; nothing but what was broken on purpose may stop it. */
  async act(work: (writer: Writer) => Promise<unknown>): Promise<boolean> {
    const writer = await this.writer()
    try {
      await work(writer)
      return true
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      this.failures += 1
      return false
    }
  }

  /** Closes the file; with `work`, which is to end things cleanly, or without, as a crash would. */
  async end(work?: (writer: Writer) => Promise<unknown>): Promise<void> {
    const { file } = this
    if (!file) return
    if (work) await this.act(work)
    else await file.close()
    this.file = null
    this.#writer = null
  }
}
