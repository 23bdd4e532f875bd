import { deepEqual, ok } from 'node:assert/strict'
import { hash } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { hourOf } from '../formats/layout.ts'
import type { Moment } from '../writing/writer.ts'
import type { Found } from './reading.ts'
import { nameIn } from './small-log.ts'

/**
 * What a life tells a file outside its log, line by line as it happens, so that it outlasts a kill: the time it has
 * reached, each key it uses, each record that was acknowledged.
 */
export class Told {
  readonly #path: string
  readonly #file: number

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'a')
  }

  reached({ now }: Moment): void {
    writeSync(this.#file, `time ${now}\n`)
  }
  key(key: Buffer, plaintext: Buffer): void {
    writeSync(this.#file, `key ${hash('sha256', key)} ${hash('sha256', plaintext)}\n`)
  }
  acknowledged(names: readonly string[], { now }: Moment): void {
    writeSync(this.#file, names.map(name => `ack ${name} ${hourOf(now)}\n`).join(''))
  }

  end(): void {
    closeSync(this.#file)
  }

  #lines(kind: string): string[][] {
    const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : ''
    return text
      .split('\n')
      .map(line => line.split(' '))
      .filter(([first]) => first === kind)
      .map(([, ...rest]) => rest)
  }

  get lastTime(): number {
    return Number(this.#lines('time').at(-1)?.[0] ?? 0)
  }

  /** No key was used twice, not even for the same. Returns how many there were. */
  checkKeys(): number {
    const keys = this.#lines('key').map(([key]) => key)
    deepEqual(keys.length, new Set(keys).size, 'no key is used twice')
    return keys.length
  }

  /** Every acknowledged record is there once and in order, or was in a segment that was pruned or that nobody can open. */
  checkRecords(found: readonly Found[]): void {
    const read = found.flatMap(({ hour, texts }) => (texts ?? []).map(text => ({ name: nameIn(text), hour })))
    const places = new Map(read.map(({ name }, place) => [name, place]))
    deepEqual(places.size, read.length, 'no record is there twice')
    const closed = new Map<number, number>()
    for (const { hour, n, texts } of found) if (!texts) closed.set(hour, (closed.get(hour) ?? 0) + n)
    let before = -1
    for (const [name = '', hours] of this.#lines('ack')) {
      const place = places.get(name)
      const hour = Number(hours)
      if (place === undefined) {
        const left = closed.get(hour) ?? 0
        ok(left > 0, `${name} is lost`)
        closed.set(hour, left - 1)
      } else {
        ok(place > before, `${name} is out of order`)
        deepEqual(read[place]?.hour, hour)
        before = place
      }
    }
  }
}
