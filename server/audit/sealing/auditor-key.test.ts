import { randomBytes } from 'node:crypto'
import t from 'tap'
import { unwrapKey, wrapKey, zero } from './auditor-key.ts'
import { CannotOpen, generateKeyPair } from './hpke.ts'

const changed = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

t.test('the key of the passphrase gives the auditor’s key back', async t => {
  const pair = await generateKeyPair()
  const kek = randomBytes(32)
  const row = wrapKey(kek, 3, pair)
  t.equal(row.wrapped.length, 48)
  t.equal(row.nonce.length, 12)
  t.same(unwrapKey(kek, 3, pair.publicKey, row), pair.privateKey)
  t.notOk(row.wrapped.includes(pair.privateKey))
  t.notSame(wrapKey(kek, 3, pair), row, 'each time with another nonce')
})

t.test('another passphrase, another auditor, another key, a changed bit: it stays closed', async t => {
  const [pair, stranger] = [await generateKeyPair(), await generateKeyPair()]
  const kek = randomBytes(32)
  const row = wrapKey(kek, 3, pair)
  const stays = (what: string, opening: () => Buffer) => t.throws(opening, /cannot be opened/, what)

  stays('another passphrase', () => unwrapKey(randomBytes(32), 3, pair.publicKey, row))
  stays('a short key', () => unwrapKey(kek.subarray(1), 3, pair.publicKey, row))
  stays('another auditor', () => unwrapKey(kek, 4, pair.publicKey, row))
  stays('another public key', () => unwrapKey(kek, 3, stranger.publicKey, row))
  stays('nothing', () => unwrapKey(kek, 3, pair.publicKey, { wrapped: Buffer.alloc(0), nonce: row.nonce }))
  stays('cut', () => unwrapKey(kek, 3, pair.publicKey, { ...row, wrapped: row.wrapped.subarray(0, 47) }))
  stays('no nonce', () => unwrapKey(kek, 3, pair.publicKey, { ...row, nonce: Buffer.alloc(0) }))
  const opens = (one: typeof row) => {
    try {
      return unwrapKey(kek, 3, pair.publicKey, one).length > 0
    } catch (error) {
      return !(error instanceof CannotOpen)
    }
  }
  const opened = [
    ...[...row.wrapped.keys()].filter(at => opens({ ...row, wrapped: changed(row.wrapped, at) })),
    ...[...row.nonce.keys()].filter(at => opens({ ...row, nonce: changed(row.nonce, at) })),
  ]
  t.same(opened, [])
})

t.test('a row that could not be read again is not made', async t => {
  const pair = await generateKeyPair()
  t.throws(() => wrapKey(randomBytes(16), 3, pair), 'a key too short')
  t.throws(() => wrapKey(randomBytes(32), -1, pair))
  t.throws(() => wrapKey(randomBytes(32), 2 ** 32, pair))
  t.throws(() => wrapKey(randomBytes(32), 3, { ...pair, publicKey: Buffer.alloc(31) }))
  t.throws(() => wrapKey(randomBytes(32), 3, { ...pair, privateKey: Buffer.alloc(31) }))
})

t.test('secrets are overwritten', async t => {
  const [one, two] = [randomBytes(32), new Uint8Array([1, 2, 3])]
  zero(one, two)
  t.same(one, Buffer.alloc(32))
  t.same(two, new Uint8Array(3))
})
