import { deepEqual, equal, ok } from 'node:assert/strict'
import type { File } from '../file.ts'
import type { Found } from './reading.ts'

interface Row {
  readonly id: number
  readonly hour: number
  readonly n: number
  readonly state: string
}
interface Kept {
  readonly hour: number
  readonly names: string[]
  pruned: boolean
}

/** What the log must hold, by segment: the plainest account of it that there can be. */
export class Expected {
  /** From this segment on, a comparison of only what is new has to look. */
  lastRead = 1
  readonly #segments = new Map<number, Kept>()

  copy(): Expected {
    const copy = new Expected()
    copy.lastRead = this.lastRead
    for (const [id, kept] of this.#segments) copy.#segments.set(id, { ...kept, names: [...kept.names] })
    return copy
  }

  get pruned(): number {
    return [...this.#segments.values()].filter(kept => kept.pruned).length
  }

  segment(id: number): Kept {
    const kept = this.#segments.get(id)
    if (!kept) throw new Error(`nothing was written to segment ${id}`)
    return kept
  }

  static rows(file: File): Promise<Row[]> {
    return file.all<Row>('SELECT id, hour, n, state FROM audit_segment ORDER BY id')
  }

  /** After an act: these names were to be added. If it failed, the first of them may be there nevertheless. */
  learn(rows: readonly Row[], names: readonly string[], done: boolean): void {
    const left = [...names]
    for (const { id, hour, n, state } of rows) {
      const kept = this.#segments.get(id) ?? { hour, names: [], pruned: false }
      this.#segments.set(id, kept)
      equal(hour, kept.hour)
      ok(n >= kept.names.length, `segment ${id} has lost records`)
      kept.names.push(...left.splice(0, n - kept.names.length))
      equal(n, kept.names.length, `segment ${id} has records that nobody wrote`)
      ok(!kept.pruned || state === 'pruned')
      kept.pruned = state === 'pruned'
    }
    equal(rows.length, this.#segments.size)
    if (done) deepEqual(left, [], 'all of them are there')
  }

  /** With what two auditors read, from a segment on. */
  compare(found: readonly Found[], all: boolean): void {
    const first = all ? 1 : this.lastRead
    equal(found.length, [...this.#segments.keys()].filter(id => id >= first).length)
    for (const { id, hour, n, state, texts } of found) {
      const kept = this.segment(id)
      deepEqual({ hour, n, pruned: state === 'pruned' }, { hour: kept.hour, n: kept.names.length, pruned: kept.pruned })
      if (texts) deepEqual(texts, kept.names)
      if (state !== 'open') this.lastRead = id
    }
  }
}
