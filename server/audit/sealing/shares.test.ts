import { randomBytes } from 'node:crypto'
import t from 'tap'
import { deriveKeyPair } from './hpke.ts'
import { combine, fewestShares, mostShares, split, threshold } from './shares.ts'

/** Multiplication in the field of AES, as FIPS 197 describes it. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 0, shifted = a; bit < 8; bit += 1) {
    if ((b >> bit) & 1) product ^= shifted
    shifted = (shifted << 1) ^ (shifted & 0x80 ? 0x11b : 0)
  }
  return product
}

function over(a: number, b: number): number {
  for (let quotient = 0; quotient < 256; quotient += 1) if (times(quotient, b) === a) return quotient
  throw new Error('nothing divides by zero')
}

const byte = (share: Buffer, at: number) => share.at(at) ?? 0
const placeOf = (share: Buffer) => byte(share, -1)

/** Where the line through both shares meets place 0. */
function seedFrom(a: Buffer, b: Buffer): Buffer {
  const [x, y] = [placeOf(a), placeOf(b)]
  return Buffer.from(Array.from({ length: 32 }, (_, at) => over(times(byte(a, at), y) ^ times(byte(b, at), x), x ^ y)))
}

t.test('any two of three to seven shares give the seed back, in any order', async t => {
  t.equal(threshold, 2)
  for (let n = fewestShares; n <= mostShares; n += 1) {
    const seed = randomBytes(32)
    const shares = await split(seed, n)
    t.equal(shares.length, n)
    t.ok(shares.every(share => share.length === 33))
    t.equal(new Set(shares.map(placeOf)).size, n, 'each at another place')
    t.notOk(shares.map(placeOf).includes(0), 'none at the place of the seed')
    for (const a of shares)
      for (const b of shares) if (a !== b) t.same(await combine(a, b), seed, `${placeOf(a)} and ${placeOf(b)} of ${n}`)
    const [a, b] = shares
    if (a && b) t.same(seedFrom(a, b), seed, 'by hand, too')
  }
})

t.test('one share is not enough, and says nothing: with it every seed is still possible', async t => {
  const seed = randomBytes(32)
  const [share = Buffer.alloc(0)] = await split(seed, 3)
  await t.rejects(combine(share, share), /same share twice|not a share/)
  await t.rejects(combine(share, Buffer.from(share)), /same share twice|not a share/)
  const same = randomBytes(33)
  same[32] = placeOf(share)
  await t.rejects(combine(share, same), /same share twice|not a share/, 'the same place, other content')

  const place = placeOf(share) === 255 ? 1 : 255
  for (let round = 0; round < 20; round += 1) {
    const wanted = randomBytes(32)
    const other = Array.from({ length: 32 }, (_, at) => {
      const rise = over(byte(share, at) ^ byte(wanted, at), placeOf(share))
      return byte(wanted, at) ^ times(rise, place)
    })
    t.same(await combine(share, Buffer.from([...other, place])), wanted)
  }
})

t.test('nobody names the seed by cutting the line at its own place', async t => {
  const [share = Buffer.alloc(0)] = await split(randomBytes(32), 3)
  const forged = Buffer.concat([randomBytes(32), Buffer.of(0)])
  await t.rejects(combine(share, forged), /same share twice|not a share/)
  await t.rejects(combine(forged, share), /same share twice|not a share/)
})

t.test('shares of two splittings give a seed with another public key', async t => {
  const seed = randomBytes(32)
  const [old, again] = [await split(seed, 3), await split(seed, 3)]
  const { publicKey } = await deriveKeyPair(seed)
  let mixed = 0
  for (const a of old) {
    for (const b of again) {
      if (placeOf(a) === placeOf(b)) continue
      mixed += 1
      const found = await combine(a, b)
      t.notSame(found, seed)
      t.notSame((await deriveKeyPair(found)).publicKey, publicKey)
    }
  }
  t.ok(mixed >= 6)
})

t.test('other numbers of shares, other lengths: refused', async t => {
  const seed = randomBytes(32)
  for (const n of [0, 1, 2, 8, 255, -3, 3.5, Number.NaN, Number.POSITIVE_INFINITY])
    await t.rejects(split(seed, n), RangeError, String(n))
  for (const length of [0, 16, 31, 33, 64]) await t.rejects(split(randomBytes(length), 3), TypeError, String(length))
  const [share = Buffer.alloc(0)] = await split(seed, 3)
  for (const length of [0, 1, 32, 34]) {
    await t.rejects(combine(share, randomBytes(length)), /same share twice|not a share/, String(length))
    await t.rejects(combine(randomBytes(length), share), /same share twice|not a share/, String(length))
  }
})

t.test('what is handed in stays as it is, and is not kept', async t => {
  const seed = randomBytes(32)
  const before = Buffer.from(seed)
  const [a = seed, b = seed] = await split(seed, 3)
  t.same(seed, before)
  const kept = [Buffer.from(a), Buffer.from(b)]
  const found = await combine(a, b)
  t.same([a, b], kept)
  found.fill(0)
  t.same(await combine(a, b), seed)
})
