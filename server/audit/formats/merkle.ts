/** The Merkle tree of RFC 6962, section 2.1, over SHA-256. Every hash in this file has 32 bytes. */
import { hash } from 'node:crypto'

const leafMark = Buffer.of(0)
const nodeMark = Buffer.of(1)

export function leafHash(body: string | Buffer): Buffer {
  return hash('sha256', Buffer.concat([leafMark, typeof body === 'string' ? Buffer.from(body) : body]), 'buffer')
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([nodeMark, left, right]), 'buffer')
}

const emptyRoot = hash('sha256', '', 'buffer')

function isHash(value: Buffer): boolean {
  return Buffer.isBuffer(value) && value.length === 32
}

/** As much of a growing tree as is needed to know its root: one hash for each bit set in its size. */
export class Frontier {
  size = 0
  /** The roots of the full subtrees, the largest (which is the oldest) first. */
  #peaks: Buffer[] = []

  static of(leaves: Iterable<Buffer>): Frontier {
    const frontier = new Frontier()
    for (const leaf of leaves) frontier.add(leaf)
    return frontier
  }

  add(leaf: Buffer): void {
    if (!isHash(leaf)) throw new TypeError('a leaf is a hash of 32 bytes')
    let peak: Buffer = Buffer.from(leaf)
    for (let rest = this.size; rest % 2 === 1; rest = half(rest)) {
      const left = this.#peaks.pop()
      if (left) peak = nodeHash(left, peak)
    }
    this.#peaks.push(peak)
    this.size += 1
  }

  root(): Buffer {
    if (this.size === 0) return Buffer.from(emptyRoot)
    return Buffer.from(this.#peaks.reduceRight((right, left) => nodeHash(left, right)))
  }

  copy(): Frontier {
    const copy = new Frontier()
    copy.size = this.size
    copy.#peaks = [...this.#peaks]
    return copy
  }
}

/** The tree may outgrow 32 bits, so no shifting. */
function half(count: number): number {
  return Math.floor(count / 2)
}

/** The largest power of two below `count`: how many leaves stand on the left of a tree. */
export function leftOf(count: number): number {
  let left = 1
  while (left * 2 < count) left *= 2
  return left
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  return Frontier.of(leaves).root()
}

/** The hashes that lead from leaf `index` to the root of the tree over all `leaves`. */
export function inclusionProof(leaves: readonly Buffer[], index: number): Buffer[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) throw new RangeError('no such leaf')
  if (leaves.length === 1) return []
  const left = leftOf(leaves.length)
  return index < left
    ? [...inclusionProof(leaves.slice(0, left), index), rootOf(leaves.slice(left))]
    : [...inclusionProof(leaves.slice(left), index - left), rootOf(leaves.slice(0, left))]
}

/** Whether `leaf` is number `index` of the tree with this size and root. */
export function includes(leaf: Buffer, index: number, size: number, proof: readonly Buffer[], root: Buffer): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  if (![leaf, root, ...proof].every(isHash)) return false
  let place = index
  let last = size - 1
  let found = leaf
  for (const step of proof) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      found = nodeHash(step, found)
      while (place % 2 === 0 && place !== 0) {
        place = half(place)
        last = half(last)
      }
    } else {
      found = nodeHash(found, step)
    }
    place = half(place)
    last = half(last)
  }
  return last === 0 && found.equals(root)
}

/** The hashes that show: the tree over the first `from` leaves is the beginning of the tree over all of them. */
export function consistencyProof(leaves: readonly Buffer[], from: number): Buffer[] {
  if (!Number.isSafeInteger(from) || from < 0 || from > leaves.length) throw new RangeError('no such size')
  return from === 0 || from === leaves.length ? [] : subproof(leaves, from, true)
}

/** `known`: the verifier has the root of these first leaves already. */
function subproof(leaves: readonly Buffer[], from: number, known: boolean): Buffer[] {
  if (from === leaves.length) return known ? [] : [rootOf(leaves)]
  const left = leftOf(leaves.length)
  return from <= left
    ? [...subproof(leaves.slice(0, left), from, known), rootOf(leaves.slice(left))]
    : [...subproof(leaves.slice(left), from - left, false), rootOf(leaves.slice(0, left))]
}

/** Whether the tree of size `to` only adds to the tree of size `from`. Every tree adds to the empty one. */
export function isConsistent(
  from: number,
  fromRoot: Buffer,
  to: number,
  toRoot: Buffer,
  proof: readonly Buffer[],
): boolean {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to) return false
  if (![fromRoot, toRoot, ...proof].every(isHash)) return false
  if (from === to) return proof.length === 0 && fromRoot.equals(toRoot) && (from > 0 || fromRoot.equals(emptyRoot))
  if (from === 0) return proof.length === 0 && fromRoot.equals(emptyRoot)

  let place = from - 1
  let last = to - 1
  while (place % 2 === 1) {
    place = half(place)
    last = half(last)
  }
  const [first, ...steps] = place === 0 ? [fromRoot, ...proof] : proof
  if (!first) return false
  let before = first
  let after = first
  for (const step of steps) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      before = nodeHash(step, before)
      after = nodeHash(step, after)
      while (place % 2 === 0 && place !== 0) {
        place = half(place)
        last = half(last)
      }
    } else {
      after = nodeHash(after, step)
    }
    place = half(place)
    last = half(last)
  }
  return last === 0 && before.equals(fromRoot) && after.equals(toRoot)
}
