import { base32 } from '../storage/ids.ts'

/** Numbers that look random and are the same in every run from the same seed. */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** A new list in another order. */
  shuffled<T>(list: readonly T[]): T[]
  id(): string
}

/** sfc32 (Doty-Humphrey): small, fast, and good enough for people who do not exist. */
export function seededRandom(seed: number): Random {
  let [a, b, c, count] = [0, 0, seed, 1]
  function next(): number {
    const sum = (a + b + count) | 0
    count = (count + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  // The first numbers still show the seed.
  for (let round = 0; round < 15; round += 1) next()
  const below = (end: number) => Math.floor(next() * end)
  return {
    below,
    chance: probability => next() < probability,
    pick(list) {
      if (list.length === 0) throw new Error('Nothing to pick from')
      return list[below(list.length)] as (typeof list)[number]
    },
    shuffled(list) {
      const mixed = [...list]
      for (let last = mixed.length - 1; last > 0; last -= 1) {
        const other = below(last + 1)
        const moved = mixed[last] as (typeof list)[number]
        mixed[last] = mixed[other] as (typeof list)[number]
        mixed[other] = moved
      }
      return mixed
    },
    id: () => base32(Uint8Array.from({ length: 10 }, () => below(256))).toLowerCase(),
  }
}
