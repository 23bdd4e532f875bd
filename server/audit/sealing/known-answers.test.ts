import {
  argon2Sync,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { argon2id } from '@noble/hashes/argon2.js'
import { expand, extract, hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import t from 'tap'
import { deriveKey } from '../../people/passwords.ts'
import { keyId, noteIsSigned, parseNote, publicKeyFromRaw, publicKeyOf, signNote } from '../formats/note.ts'
import { deriveKeyPair, generateKeyPair, open, seal, type Use } from './hpke.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const written = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** RFC 9180 once more, Base mode with this suite and one message only, from its text and from other libraries. */
const rfc9180 = (() => {
  const text = (words: string) => Buffer.from(words)
  const kem = Buffer.concat([text('KEM'), hex('0020')])
  const whole = Buffer.concat([text('HPKE'), hex('0020'), hex('0001'), hex('0002')])
  const nothing = Buffer.alloc(0)
  const labeledExtract = (suite: Buffer, salt: Buffer, label: string, ikm: Uint8Array) =>
    Buffer.from(extract(sha256, Buffer.concat([text('HPKE-v1'), suite, text(label), ikm]), salt))
  const labeledExpand = (suite: Buffer, prk: Buffer, label: string, info: Buffer, length: number) =>
    Buffer.from(
      expand(sha256, prk, Buffer.concat([Buffer.of(0, length), text('HPKE-v1'), suite, text(label), info]), length),
    )
  const derive = (seed: Buffer) => {
    const privateKey = labeledExpand(kem, labeledExtract(kem, nothing, 'dkp_prk', seed), 'sk', nothing, 32)
    return { privateKey, publicKey: Buffer.from(x25519.getPublicKey(privateKey)) }
  }
  const keysOf = (dh: Uint8Array, enc: Buffer, publicKey: Buffer, info: Buffer) => {
    const prk = labeledExtract(kem, nothing, 'eae_prk', dh)
    const shared = labeledExpand(kem, prk, 'shared_secret', Buffer.concat([enc, publicKey]), 32)
    const context = Buffer.concat([
      Buffer.of(0),
      labeledExtract(whole, nothing, 'psk_id_hash', nothing),
      labeledExtract(whole, nothing, 'info_hash', info),
    ])
    const secret = labeledExtract(whole, shared, 'secret', nothing)
    return {
      key: labeledExpand(whole, secret, 'key', context, 32),
      nonce: labeledExpand(whole, secret, 'base_nonce', context, 12),
    }
  }
  return {
    derive,
    seal(seed: Buffer, publicKey: Buffer, info: Buffer, aad: Buffer, plaintext: Buffer) {
      const own = derive(seed)
      const dh = x25519.getSharedSecret(own.privateKey, publicKey)
      const { key, nonce } = keysOf(dh, own.publicKey, publicKey, info)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad)
      return {
        enc: own.publicKey,
        sealed: Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]),
      }
    },
    open(privateKey: Buffer, publicKey: Buffer, info: Buffer, aad: Buffer, enc: Buffer, sealed: Buffer) {
      const { key, nonce } = keysOf(x25519.getSharedSecret(privateKey, enc), enc, publicKey, info)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad).setAuthTag(sealed.subarray(-16))
      return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    },
  }
})()

t.test('RFC 9180: the vector of the working group for this suite', async t => {
  const vector = {
    info: hex('4f6465206f6e2061204772656369616e2055726e'),
    seedOfSender: hex('2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9'),
    seedOfReceiver: hex('dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee'),
    senderPrivate: '179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11',
    receiverPrivate: '497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d',
    receiverPublic: '430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c',
    enc: '6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256',
    aad: hex('436f756e742d30'),
    plaintext: hex('4265617574792069732074727574682c20747275746820626561757479'),
    sealed: 'e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a',
  }
  for (const derive of [deriveKeyPair, async (seed: Buffer) => rfc9180.derive(seed)]) {
    const sender = await derive(vector.seedOfSender)
    t.equal(written(sender.privateKey), vector.senderPrivate)
    t.equal(written(sender.publicKey), vector.enc)
    const receiver = await derive(vector.seedOfReceiver)
    t.equal(written(receiver.privateKey), vector.receiverPrivate)
    t.equal(written(receiver.publicKey), vector.receiverPublic)
  }
  const { info, aad, plaintext } = vector
  const closed = rfc9180.seal(vector.seedOfSender, hex(vector.receiverPublic), info, aad, plaintext)
  t.equal(written(closed.enc), vector.enc)
  t.equal(written(closed.sealed), vector.sealed, 'so the second implementation below is right')
  const { receiverPrivate, receiverPublic, enc, sealed } = vector
  t.same(
    rfc9180.open(hex(receiverPrivate), hex(receiverPublic), info, aad, hex(enc), hex(sealed)),
    Buffer.from('Beauty is truth, truth beauty'),
  )
})

t.test('what one implementation seals the other opens, for every use', async t => {
  const instance = randomBytes(16)
  for (const use of ['share', 'seg', 'rep'] satisfies Use[]) {
    const info = Buffer.concat([Buffer.from(`pforte/audit/${use}/1`), Buffer.of(0), instance])
    for (let round = 0; round < 20; round += 1) {
      const pair = await generateKeyPair()
      const aad = randomBytes(round)
      const plaintext = randomBytes(32)
      const ours = await seal(pair.publicKey, use, instance, aad, plaintext)
      t.same(rfc9180.open(pair.privateKey, pair.publicKey, info, aad, ours.enc, ours.sealed), plaintext)
      const theirs = rfc9180.seal(randomBytes(32), pair.publicKey, info, aad, plaintext)
      t.same(await open(pair, use, instance, aad, theirs), plaintext)
    }
  }
})

t.test('X25519: both libraries agree', async t => {
  for (let round = 0; round < 20; round += 1) {
    const [mine, yours] = [await generateKeyPair(), await generateKeyPair()]
    t.same(Buffer.from(x25519.getPublicKey(mine.privateKey)), mine.publicKey)
    const jwk = (pair: typeof mine, d?: string) => ({
      format: 'jwk' as const,
      key: { kty: 'OKP', crv: 'X25519', x: pair.publicKey.toString('base64url'), ...(d && { d }) },
    })
    const shared = diffieHellman({
      privateKey: createPrivateKey(jwk(mine, mine.privateKey.toString('base64url'))),
      publicKey: createPublicKey(jwk(yours)),
    })
    t.same(Buffer.from(x25519.getSharedSecret(yours.privateKey, mine.publicKey)), shared)
  }
})

const privateKeyFrom = (seed: Buffer) =>
  createPrivateKey({
    key: Buffer.concat([hex('302e020100300506032b657004220420'), seed]),
    format: 'der',
    type: 'pkcs8',
  })

t.test('Ed25519: RFC 8032, tests 1 to 3, and both libraries agree', async t => {
  for (const [seed, publicKey, message, signature] of [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ] as const) {
    const privateKey = privateKeyFrom(hex(seed))
    t.equal(written(publicKeyOf(privateKey)), publicKey)
    t.equal(written(sign(null, hex(message), privateKey)), signature)
    t.ok(verify(null, hex(message), publicKeyFromRaw(hex(publicKey)), hex(signature)))
    t.notOk(verify(null, hex(`${message}00`), publicKeyFromRaw(hex(publicKey)), hex(signature)))
  }

  const seed = randomBytes(32)
  const privateKey = privateKeyFrom(seed)
  const publicKey = Buffer.from(ed25519.getPublicKey(seed))
  t.same(publicKeyOf(privateKey), publicKey)
  const note = signNote('text\n', 'a', privateKey)
  const [signed] = parseNote(note)?.signatures ?? []
  t.ok(signed && ed25519.verify(signed.signature, Buffer.from('text\n'), publicKey))
  const theirs = Buffer.concat([keyId('a', publicKey), ed25519.sign(Buffer.from('text\n'), seed)]).toString('base64')
  t.equal(`text\n\n— a ${theirs}\n`, note)
  t.ok(noteIsSigned(note, 'a', publicKey))
})

t.test('SHA-256 and HKDF: both libraries agree', async t => {
  t.equal(
    hash('sha256', 'abc', 'hex'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    'FIPS 180-4',
  )
  t.equal(
    written(
      new Uint8Array(
        hkdfSync('sha256', hex('0b'.repeat(22)), hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), 42),
      ),
    ),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    'RFC 5869, test 1',
  )
  for (let length = 0; length < 200; length += 1) {
    const bytes = randomBytes(length)
    const [salt, info] = [randomBytes(length % 50), randomBytes(length % 30)]
    if (hash('sha256', bytes, 'hex') !== written(sha256(bytes))) t.fail(`SHA-256 of ${written(bytes)}`)
    const ours = written(new Uint8Array(hkdfSync('sha256', bytes, salt, info, 42)))
    if (ours !== written(hkdf(sha256, bytes, salt, info, 42))) t.fail(`HKDF of ${written(bytes)}`)
  }
})

t.test('Argon2id: RFC 9106, and three implementations agree', async t => {
  const tag = '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659'
  const [message, nonce] = [Buffer.alloc(32, 1), Buffer.alloc(16, 2)]
  const [secret, associatedData] = [Buffer.alloc(8, 3), Buffer.alloc(12, 4)]
  const cost = { memory: 32, time: 3, lanes: 4 }
  const built = { message, nonce, parallelism: cost.lanes, tagLength: 32, memory: cost.memory, passes: cost.time }
  t.equal(written(argon2Sync('argon2id', { ...built, secret, associatedData })), tag)
  const other = { m: cost.memory, t: cost.time, p: cost.lanes, dkLen: 32 }
  t.equal(written(argon2id(message, nonce, { ...other, key: secret, personalization: associatedData })), tag)

  for (const [words, memory, time, lanes] of [
    ['zaun birne wolke', 32, 3, 4],
    ['zaun birne wolke', 64, 1, 1],
    ['übermut', 256, 2, 1],
  ] as const) {
    const salt = randomBytes(16)
    const key = written(await deriveKey(words, salt, { memory, time, lanes }))
    const options = {
      message: Buffer.from(words),
      nonce: salt,
      parallelism: lanes,
      tagLength: 32,
      memory,
      passes: time,
    }
    t.equal(key, written(argon2Sync('argon2id', options)))
    t.equal(key, written(argon2id(Buffer.from(words), salt, { m: memory, t: time, p: lanes, dkLen: 32 })))
  }
})
