import { sha256 } from '@noble/hashes/sha2.js'
import t from 'tap'
import { consistencyProof, Frontier, includes, inclusionProof, isConsistent, leafHash } from './merkle.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const changed = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** The leaves and roots that the Certificate Transparency project tests its own trees with. */
const reference = {
  leaves: ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'],
  roots: [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
}
const known = reference.leaves.map(leaf => leafHash(hex(leaf)))
const knownRoot = (size: number) => hex(reference.roots[size] ?? '')

/** The definition of RFC 6962, section 2.1, word for word, with another SHA-256. */
function definedRoot(bodies: readonly Uint8Array[]): Uint8Array {
  const [only] = bodies
  if (!only) return sha256(new Uint8Array())
  if (bodies.length === 1) return sha256(Uint8Array.of(0, ...only))
  let k = 1
  while (k * 2 < bodies.length) k *= 2
  return sha256(Uint8Array.of(1, ...definedRoot(bodies.slice(0, k)), ...definedRoot(bodies.slice(k))))
}

const most = 64
const bodies = Array.from({ length: most }, (_, number) => Buffer.from(`entry ${number}`))
const leaves = bodies.map(body => leafHash(body))
const leaf = (index: number) => leaves[index] ?? Buffer.alloc(0)
const roots = Array.from({ length: most + 1 }, (_, size) => Frontier.of(leaves.slice(0, size)).root())
const root = (size: number) => roots[size] ?? Buffer.alloc(0)

t.test('the roots of 0 to 8 leaves are those of Certificate Transparency', async t => {
  const frontier = new Frontier()
  for (const [size, expected] of reference.roots.entries()) {
    t.equal(frontier.root().toString('hex'), expected, `${size} leaves`)
    const next = known[size]
    if (next) frontier.add(next)
  }
  t.same(leafHash('Über uns'), leafHash(Buffer.from('Über uns')), 'text is UTF-8')
})

t.test('published proofs are made and believed', async t => {
  const sixToEight = [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]
  const twoToFive = [
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]
  const written = (proof: readonly Buffer[]) => proof.map(step => step.toString('hex'))
  t.same(written(consistencyProof(known, 6)), sixToEight)
  t.same(written(consistencyProof(known.slice(0, 5), 2)), twoToFive)
  t.ok(isConsistent(6, knownRoot(6), 8, knownRoot(8), sixToEight.map(hex)))
  t.ok(isConsistent(2, knownRoot(2), 5, knownRoot(5), twoToFive.map(hex)))
  t.notOk(isConsistent(6, knownRoot(5), 8, knownRoot(8), sixToEight.map(hex)))
  t.same(written(inclusionProof(known.slice(0, 3), 2)), [reference.roots[2]])
  t.ok(includes(leafHash(hex('10')), 2, 3, [knownRoot(2)], knownRoot(3)))
})

t.test('a growing tree agrees with the definition at every size, and a copy goes its own way', async t => {
  const wrong = roots.flatMap((found, size) => (found.equals(definedRoot(bodies.slice(0, size))) ? [] : [size]))
  t.same(wrong, [])

  const frontier = Frontier.of(leaves.slice(0, 5))
  const copy = frontier.copy()
  copy.add(leaf(5))
  t.equal(frontier.size, 5)
  t.same(frontier.root(), root(5))
  t.same(copy.root(), root(6))
  frontier.root().fill(0)
  t.same(frontier.root(), root(5), 'whoever writes into a root that was given out changes nothing')
  t.throws(() => frontier.add(Buffer.alloc(31)))
  t.equal(frontier.size, 5)
})

t.test('each leaf of each tree up to 64 is shown to be in it, and nothing else is', async t => {
  const wrong: string[] = []
  for (let size = 1; size <= most; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const proof = inclusionProof(leaves.slice(0, size), index)
      const believed = (one: { leaf?: Buffer; index?: number; proof?: Buffer[]; root?: Buffer }) =>
        includes(one.leaf ?? leaf(index), one.index ?? index, size, one.proof ?? proof, one.root ?? root(size))
      const at = (size * 7 + index) % 32
      if (!believed({})) wrong.push(`${index} of ${size} is not found`)
      if (believed({ leaf: changed(leaf(index), at) }) || believed({ root: changed(root(size), at) }))
        wrong.push(`${index} of ${size} with another leaf or root`)
      if (proof.some((step, number) => believed({ proof: proof.with(number, changed(step, at)) })))
        wrong.push(`${index} of ${size} with another step`)
      if (believed({ proof: [...proof, root(1)] }) || (proof.length > 0 && believed({ proof: proof.slice(0, -1) })))
        wrong.push(`${index} of ${size} with a step more or less`)
      for (let other = 0; other < size; other += 1)
        if (other !== index && believed({ index: other })) wrong.push(`${index} of ${size} as ${other}`)
    }
  }
  t.same(wrong, [])
})

t.test('each tree up to 64 is shown to begin with each smaller one, and with nothing else', async t => {
  const wrong: string[] = []
  for (let to = 0; to <= most; to += 1) {
    for (let from = 0; from <= to; from += 1) {
      const proof = consistencyProof(leaves.slice(0, to), from)
      const believed = (one: { fromRoot?: Buffer; toRoot?: Buffer; proof?: Buffer[] }) =>
        isConsistent(from, one.fromRoot ?? root(from), to, one.toRoot ?? root(to), one.proof ?? proof)
      const at = (to * 7 + from) % 32
      if (!believed({})) wrong.push(`${from} to ${to} is not believed`)
      if (believed({ fromRoot: changed(root(from), at) })) wrong.push(`${from} to ${to} from another root`)
      if (from > 0 && believed({ toRoot: changed(root(to), at) })) wrong.push(`${from} to ${to} to another root`)
      if (proof.some((step, number) => believed({ proof: proof.with(number, changed(step, at)) })))
        wrong.push(`${from} to ${to} with another step`)
      if (believed({ proof: [...proof, root(1)] }) || (proof.length > 0 && believed({ proof: proof.slice(0, -1) })))
        wrong.push(`${from} to ${to} with a step more or less`)
    }
  }
  t.same(wrong, [])
})

t.test('any single changed byte is noticed', async t => {
  let tried = 0
  const wrong: string[] = []
  const try_ = (believed: boolean, what: string) => {
    tried += 1
    if (believed) wrong.push(what)
  }
  for (let size = 1; size <= 33; size += 1) {
    const tree = leaves.slice(0, size)
    for (let index = 0; index < size; index += 1) {
      const inside = inclusionProof(tree, index)
      const extending = consistencyProof(tree, index)
      for (let at = 0; at < 32; at += 1) {
        for (const [number, step] of inside.entries())
          try_(
            includes(leaf(index), index, size, inside.with(number, changed(step, at)), root(size)),
            `${index} of ${size}`,
          )
        for (const [number, step] of extending.entries())
          try_(
            isConsistent(index, root(index), size, root(size), extending.with(number, changed(step, at))),
            `${index} to ${size}`,
          )
      }
    }
  }
  t.same(wrong, [])
  t.ok(tried > 100_000)
})

t.test('a history that was rewritten, shortened or reordered is no continuation', async t => {
  const rewritten = [...leaves.slice(0, 20), leafHash('something else'), ...leaves.slice(21, 40)]
  const swapped = [...leaves.slice(0, 10), leaf(11), leaf(10), ...leaves.slice(12, 40)]
  const dropped = [...leaves.slice(0, 15), ...leaves.slice(16, 41)]
  for (const history of [rewritten, swapped, dropped]) {
    const toRoot = Frontier.of(history).root()
    t.notOk(isConsistent(30, root(30), history.length, toRoot, consistencyProof(history, 30)))
  }
  t.notOk(isConsistent(30, root(30), 20, root(20), []), 'a shorter tree does not continue a longer one')
})

t.test('nonsense is refused, not followed', async t => {
  const proof = inclusionProof(leaves.slice(0, 4), 1)
  for (const index of [-1, 4, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])
    t.notOk(includes(leaf(1), index, 4, proof, root(4)), `leaf ${index}`)
  for (const size of [-1, 0, 1, 4.5, Number.NaN, 2 ** 60]) {
    t.notOk(includes(leaf(1), 1, size, proof, root(4)), `${size} leaves`)
    t.notOk(isConsistent(4, root(4), size, root(5), []), `to ${size}`)
    t.notOk(isConsistent(size, root(4), 4, root(4), []), `from ${size}`)
  }
  t.notOk(includes(leaf(1), 1, 4, [Buffer.alloc(31), Buffer.alloc(32)], root(4)))
  t.notOk(isConsistent(3, root(3), 4, root(4), []), 'no proof')
  t.notOk(isConsistent(4, root(4), 8, root(8), []), 'no proof')
  t.notOk(isConsistent(0, root(1), 4, root(4), []), 'the empty tree has one root only')
  t.throws(() => inclusionProof(leaves, most), RangeError)
  t.throws(() => inclusionProof([], 0), RangeError)
  t.throws(() => consistencyProof(leaves, most + 1), RangeError)
  t.throws(() => consistencyProof(leaves, -1), RangeError)
})
