import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { deriveKeyPair, generateKeyPair, open, seal, suite, type Use } from './hpke.ts'

const changed = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

const instance = randomBytes(16)
const aad = Buffer.from('period 7, auditor 3')
const secret = randomBytes(32)

t.test('what is sealed for a key is opened with it, and each sealing is another', async t => {
  const pair = await generateKeyPair()
  const one = await seal(pair.publicKey, 'share', instance, aad, secret)
  t.equal(one.enc.length, 32)
  t.equal(one.sealed.length, 48)
  t.same(await open(pair, 'share', instance, aad, one), secret)
  const two = await seal(pair.publicKey, 'share', instance, aad, secret)
  t.notSame(one.enc, two.enc)
  t.notSame(one.sealed, two.sealed)
  t.equal((await seal(pair.publicKey, 'share', instance, aad, Buffer.alloc(33))).sealed.length, 49, 'a share')
  t.equal(suite, 'x25519-sha256/hkdf-sha256/aes-256-gcm', 'rows that exist say so')
})

t.test('a seed always gives the same pair, another seed another', async t => {
  const seed = randomBytes(32)
  t.same(await deriveKeyPair(seed), await deriveKeyPair(Buffer.from(seed)))
  t.notSame((await deriveKeyPair(changed(seed, 31))).publicKey, (await deriveKeyPair(seed)).publicKey)
  for (const length of [0, 31, 33]) await t.rejects(deriveKeyPair(randomBytes(length)))
})

t.test('moved to another row, use, instance or person, or changed in any byte, it stays closed', async t => {
  const pair = await generateKeyPair()
  const stranger = await generateKeyPair()
  const closed = await seal(pair.publicKey, 'share', instance, aad, secret)
  const other = await seal(pair.publicKey, 'share', instance, aad, randomBytes(32))
  const stays = (what: string, opening: Promise<Buffer>) => t.rejects(opening, /cannot be opened/, what)

  for (const use of ['seg', 'rep'] satisfies Use[]) await stays(use, open(pair, use, instance, aad, closed))
  await stays('another instance', open(pair, 'share', randomBytes(16), aad, closed))
  await stays('another place', open(pair, 'share', instance, Buffer.from('period 7, auditor 4'), closed))
  await stays('no place', open(pair, 'share', instance, Buffer.alloc(0), closed))
  await stays('another person', open(stranger, 'share', instance, aad, closed))
  await stays('half of a pair', open({ ...pair, publicKey: stranger.publicKey }, 'share', instance, aad, closed))
  await stays('half of a pair', open({ ...pair, privateKey: stranger.privateKey }, 'share', instance, aad, closed))
  await stays('another sealing', open(pair, 'share', instance, aad, { enc: closed.enc, sealed: other.sealed }))
  await stays('nothing', open(pair, 'share', instance, aad, { enc: Buffer.alloc(0), sealed: Buffer.alloc(0) }))
  await stays('short', open(pair, 'share', instance, aad, { ...closed, sealed: closed.sealed.subarray(1) }))
  await stays('no key', open({ ...pair, privateKey: Buffer.alloc(5) }, 'share', instance, aad, closed))
  await stays('key of zeros', open(pair, 'share', instance, aad, { ...closed, enc: Buffer.alloc(32) }))

  const opened: string[] = []
  const try_ = async (what: string, from: typeof closed) => {
    const plaintext = await open(pair, 'share', instance, aad, from).catch(() => null)
    if (plaintext) opened.push(what)
  }
  for (let at = 0; at < 32; at += 1) await try_(`enc ${at}`, { ...closed, enc: changed(closed.enc, at) })
  for (let at = 0; at < 48; at += 1) await try_(`sealed ${at}`, { ...closed, sealed: changed(closed.sealed, at) })
  const ignored = Buffer.from(closed.enc)
  ignored[31] = (ignored[31] ?? 0) ^ 0x80
  await try_('the bit that X25519 leaves out', { ...closed, enc: ignored })
  t.same(opened, [])
})

t.test('nothing is sealed for a key that everybody knows the answer to, or by halves', async t => {
  const pair = await generateKeyPair()
  for (const point of [Buffer.alloc(32), Buffer.concat([Buffer.of(1), Buffer.alloc(31)]), Buffer.alloc(31)])
    await t.rejects(seal(point, 'seg', instance, aad, secret))
  await t.rejects(seal(pair.publicKey, 'seg', instance.subarray(1), aad, secret), 'a short instance')
  await t.rejects(open(pair, 'seg', instance.subarray(1), aad, { enc: secret, sealed: secret }), TypeError)
})

t.test('many at once do not disturb each other', async t => {
  const pairs = await Promise.all(Array.from({ length: 20 }, () => generateKeyPair()))
  const wrong = await Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const pair = pairs[number % pairs.length]
      if (!pair) return ['no pair']
      const [place, plaintext] = [Buffer.from(`row ${number}`), randomBytes(32)]
      const closed = await seal(pair.publicKey, 'seg', instance, place, plaintext)
      return plaintext.equals(await open(pair, 'seg', instance, place, closed)) ? [] : [`row ${number}`]
    }),
  )
  t.same(wrong.flat(), [])
})

t.test('a worker opens what this thread sealed', async t => {
  const pair = await generateKeyPair()
  const closed = await seal(pair.publicKey, 'seg', instance, aad, secret)
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     const bytes = value => Buffer.from(value)
     import(workerData.module).then(async ({ open }) => {
       const { publicKey, privateKey, instance, aad, enc, sealed } = workerData
       const pair = { publicKey: bytes(publicKey), privateKey: bytes(privateKey) }
       parentPort.postMessage(
         await open(pair, 'seg', bytes(instance), bytes(aad), { enc: bytes(enc), sealed: bytes(sealed) }),
       )
     })`,
    { eval: true, workerData: { ...pair, ...closed, instance, aad, module: join(import.meta.dirname, 'hpke.ts') } },
  )
  const opened = await new Promise<Uint8Array>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
  })
  await worker.terminate()
  t.same(Buffer.from(opened), secret)
})
