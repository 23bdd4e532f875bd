import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import t from 'tap'
import {
  checkpointText,
  keyId,
  noteIsSigned,
  parseCheckpoint,
  parseNote,
  publicKeyOf,
  signNote,
  splitNotes,
} from './note.ts'

const base64 = (text: string) => Buffer.from(text, 'base64')
/** Verifier keys begin with the kind of the key. */
const keyIn = (text: string) => base64(text).subarray(1)
const privateKeyFrom = (seed: Buffer) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  })

/** From signed-note.md of the C2SP. */
const example = {
  name: 'example.com/foo',
  key: keyIn('AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'),
  note: 'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
}
/** From the tests of the Go checksum database, where the format comes from. */
const neumann = {
  name: 'PeterNeumann',
  key: keyIn('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'),
  privateKey: privateKeyFrom(keyIn('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz')),
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  signature:
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
}
const poem =
  'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n'
const sofa = {
  text: 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
  signatures:
    '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n',
}

t.test('published notes are believed, and the same key writes the same note', async t => {
  t.equal(keyId(example.name, example.key).toString('hex'), '530d903a')
  t.ok(noteIsSigned(example.note, example.name, example.key))
  t.equal(keyId(neumann.name, neumann.key).toString('hex'), 'c74f20a3')
  t.same(publicKeyOf(neumann.privateKey), neumann.key)
  const note = signNote(neumann.text, neumann.name, neumann.privateKey)
  t.equal(note, `${neumann.text}\n${neumann.signature}`, 'to the byte')
  t.ok(noteIsSigned(note, neumann.name, neumann.key))
  t.notOk(noteIsSigned(note, neumann.name, example.key))
  t.notOk(noteIsSigned(note, example.name, neumann.key))
})

t.test('a text may have empty lines; the last one ends it', async t => {
  const parsed = parseNote(poem)
  t.ok(parsed?.text.endsWith('\n\ned è subito sera.\n'))
  t.same(
    parsed?.signatures.map(one => [one.name, one.id.toString('hex'), one.signature.length]),
    [['quasimodo.example/salvatore', '367ba04b', 64]],
  )
})

t.test('no character of a note can be changed', async t => {
  const name = 'portal.example/audit/00'
  const note = signNote(checkpointText(name, 7, Buffer.alloc(32, 7)), name, neumann.privateKey)
  const is = (text: string) => noteIsSigned(text, name, neumann.key)
  t.ok(is(note))
  const wrong: string[] = []
  for (let at = 0; at < note.length; at += 1) {
    for (const other of ['A', '\n', ' ', '=', '\u0000', '\u00a0', '\ud800'])
      if (note[at] !== other && is(note.slice(0, at) + other + note.slice(at + 1))) wrong.push(`${at} ${other}`)
    if (is(note.slice(0, at) + note.slice(at + 1))) wrong.push(`without ${at}`)
    if (is(`${note.slice(0, at)}\n${note.slice(at)}`)) wrong.push(`a line more at ${at}`)
    if (is(note.slice(0, at))) wrong.push(`cut at ${at}`)
  }
  t.same(wrong, [])
})

t.test('what is not a note in every detail is none', async t => {
  const { text, signature } = neumann
  const body = signature.trim().split(' ').at(-1) ?? ''
  const malformed = {
    nothing: '',
    'text only': text,
    'no signature': `${text}\n`,
    'an empty line for a signature': `${text}\n\n`,
    'no empty line': text + signature,
    'no newline at the end': `${text}\n${signature.trimEnd()}`,
    'a carriage return': `${text}\r\n\r\n${signature}`,
    'a tab': `a\tb\n\n${signature}`,
    'a null byte': `a\0b\n\n${signature}`,
    'half a character': `a\ud83d\n\n${signature}`,
    'a hyphen': `${text}\n${signature.replace('—', '-')}`,
    'an en dash': `${text}\n${signature.replace('—', '–')}`,
    'no name': `${text}\n— ${body}\n`,
    'an empty name': `${text}\n—  ${body}\n`,
    'a plus in the name': `${text}\n— Peter+Neumann ${body}\n`,
    'a blank in the name': `${text}\n— Peter\u00a0Neumann ${body}\n`,
    'another word': `${text}\n${signature.trimEnd()} x\n`,
    'a blank at the end': `${text}\n${signature.trimEnd()} \n`,
    'no bytes': `${text}\n— PeterNeumann \n`,
    'a key id only': `${text}\n— PeterNeumann x08goA==\n`,
    'another spelling of the same bytes': `${text}\n${signature.replace('nAM=', 'nAN=')}`,
    'the alphabet of addresses': `${text}\n${signature.replaceAll('/', '_')}`,
    'no padding': `${text}\n${signature.replace('=', '')}`,
    'a line of text after it': `${text}\n${signature}more\n`,
    'too many signatures': `${text}\n${signature.repeat(101)}`,
    'too long': `${'a'.repeat(1_000_001)}\n\n${signature}`,
  }
  for (const [what, note] of Object.entries(malformed)) {
    t.equal(parseNote(note), null, what)
    t.notOk(noteIsSigned(note, neumann.name, neumann.key))
  }
  t.equal(parseNote(`${text}\n${signature.repeat(16)}`)?.signatures.length, 16, 'sixteen signatures must be read')
})

t.test('garbage is no note, and no error', async t => {
  const note = `${neumann.text}\n${neumann.signature}`
  for (let round = 0; round < 3_000; round += 1) {
    const noise = randomBytes(1 + (round % 40))
    const at = noise.readUInt8(0) % note.length
    for (const text of [
      noise.toString('latin1'),
      noise.toString('utf8'),
      note.slice(0, at) + noise.toString('latin1') + note.slice(at),
      note.slice(0, at) + noise.toString('utf16le'),
    ]) {
      if (noteIsSigned(text, neumann.name, neumann.key)) t.fail(JSON.stringify(text))
      parseCheckpoint(text)
      splitNotes(text)
    }
  }
  t.pass('nothing was believed and nothing was thrown')
})

t.test('other people’s signatures do not count, and a wrong one of the key itself spoils the note', async t => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const signed = signNote(neumann.text, 'witness.example', privateKey)
  const both = `${signed}${neumann.signature}`
  t.ok(noteIsSigned(both, neumann.name, neumann.key))
  t.ok(noteIsSigned(both, 'witness.example', publicKeyOf(privateKey)))
  t.notOk(noteIsSigned(signed, neumann.name, neumann.key))

  const unlike = Buffer.from(base64(neumann.signature.trim().split(' ').at(-1) ?? ''))
  unlike[20] = (unlike[20] ?? 0) ^ 1
  t.notOk(noteIsSigned(`${both}— PeterNeumann ${unlike.toString('base64')}\n`, neumann.name, neumann.key))
  const short = unlike.subarray(0, 40).toString('base64')
  t.notOk(noteIsSigned(`${both}— PeterNeumann ${short}\n`, neumann.name, neumann.key))
  unlike[0] = 0
  t.ok(noteIsSigned(`${both}— PeterNeumann ${unlike.toString('base64')}\n`, neumann.name, neumann.key), 'another key')
})

t.test('what could not be read again is not signed', async t => {
  const { privateKey } = neumann
  for (const text of ['', 'no newline', 'a\r\n', 'a\0\n', 'a\ud800\n'])
    t.throws(() => signNote(text, 'a', privateKey), JSON.stringify(text))
  for (const [number, name] of ['', 'a b', 'a+b', 'a\nb', 'a\u2028b', 'a\u0000b', '\ud800'].entries())
    t.throws(() => signNote('text\n', name, privateKey), `name ${number}`)
  t.throws(() => signNote('text\n', 'a', generateKeyPairSync('x25519').privateKey), 'a key of another kind')
  t.throws(() => noteIsSigned(example.note, example.name, example.key.subarray(1)), 'a key of another length')
  t.ok(parseNote(signNote('\n', 'a', privateKey)), 'an empty line is a text')
})

t.test('a checkpoint has three lines, each spelled in one way only', async t => {
  const checkpoint = parseCheckpoint(parseNote(`${sofa.text}\n${sofa.signatures}`)?.text ?? '')
  t.equal(checkpoint?.origin, 'example.com/behind-the-sofa')
  t.equal(checkpoint?.size, 20_852_163)
  t.equal(checkpoint?.root.toString('base64'), 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=')
  t.equal(checkpointText('example.com/behind-the-sofa', 20_852_163, checkpoint?.root ?? Buffer.alloc(0)), sofa.text)

  const root = Buffer.alloc(32, 0xfe).toString('base64')
  const with_ = (size: string, base = root) => `a\n${size}\n${base}\n`
  t.ok(parseCheckpoint(with_('0')))
  t.ok(parseCheckpoint(with_('9007199254740991')))
  for (const size of [
    '',
    '00',
    '01',
    '+1',
    '-1',
    '-0',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    '١',
    '9007199254740993',
    '1_000',
  ])
    t.equal(parseCheckpoint(with_(size)), null, `size ${size}`)
  for (const base of ['', root.slice(1), `${root}=`, root.replace('=', ''), root.replace('4=', '5='), `${root} `])
    t.equal(parseCheckpoint(with_('1', base)), null, `root ${base}`)
  t.equal(parseCheckpoint(with_('1', Buffer.alloc(31).toString('base64'))), null)
  t.equal(parseCheckpoint(with_('1', Buffer.alloc(33).toString('base64'))), null)
  for (const text of [
    `\n1\n${root}\n`,
    `a\n1\n${root}`,
    `a\n1\n${root}\n\n`,
    `a\n1\n${root}\nextension\n`,
    `a\r\n1\r\n${root}\r\n`,
    `a\u0000\n1\n${root}\n`,
    '',
    '\n',
    '\n\n\n',
  ])
    t.equal(parseCheckpoint(text), null, JSON.stringify(text))
  for (const [origin, size, bytes] of [
    ['', 1, Buffer.alloc(32)],
    ['a\nb', 1, Buffer.alloc(32)],
    ['a', -1, Buffer.alloc(32)],
    ['a', 1.5, Buffer.alloc(32)],
    ['a', 2 ** 53, Buffer.alloc(32)],
    ['a', 1, Buffer.alloc(31)],
  ] as const)
    t.throws(() => checkpointText(origin, size, bytes), `${origin} ${size}`)
})

t.test('the notes in a file that grew day by day are found again, to the byte', async t => {
  const note = (size: number) =>
    signNote(
      checkpointText('portal.example/audit/00', size, Buffer.alloc(32, size)),
      'portal.example/audit/00',
      neumann.privateKey,
    )
  const [one, two, three] = [note(1), note(2), note(3)]
  const cosigned = `${sofa.text}\n${sofa.signatures}`
  t.same(splitNotes(one), [one])
  t.same(splitNotes(`${one}${two}${cosigned}${three}`), [one, two, cosigned, three], 'one after the other')
  t.same(splitNotes(`${one}\n${two}\n\n\n${three}\n\n`), [one, two, three], 'with empty lines between them')
  t.same(splitNotes(`\uFEFF${one}${two}`.replaceAll('\n', '\r\n')), [one, two], 'from another system')
  t.same(splitNotes(`${one}\n${two}`.trimEnd()), [one, two], 'without the last newline')
  t.same(
    splitNotes(`Guten Morgen,\nhier die Notiz von gestern.\n\n${one}\nUnd die von heute:\n\n${two}\nGrüße\n`),
    [one, two],
    'in a letter',
  )
  t.same(splitNotes(''), [])
  t.same(splitNotes('Ohne Notiz.\n\nAuch hier keine.\n'), [])
  t.same(splitNotes(sofa.signatures), [], 'signatures under nothing')
  t.same(splitNotes(`${checkpointText('a', 1, Buffer.alloc(32))}\n`), [], 'nothing signed')
})

t.test('a note that was copied from a page or a printed sheet is found as it was signed', t => {
  const name = 'portal.school.example/audit/0a1b2c3d/g2'
  const note = signNote(checkpointText(name, 4711, Buffer.alloc(32, 7)), name, neumann.privateKey)
  const bent: Record<string, string> = {
    'a signature over several lines': note.replace(/(— \S+ .{20})(.{40})/, '$1\n$2\n'),
    'its name alone in a line': note.replace(`— ${name} `, `— ${name}\n`),
    'its name over two lines': note.replace(`— ${name} `, `— ${name.slice(0, 12)}\n${name.slice(12)} `),
    'an ordinary hyphen': note.replace('—', '-'),
    'an en dash without a space': note.replace('— ', '–'),
    'no-break spaces': note.replaceAll(' ', '\u00a0'),
    'spaces at the ends of lines': note.replaceAll('\n', ' \t \n   '),
    'another system’s lines': note.replaceAll('\n', '\r\n'),
    'an empty line after each': note.replaceAll('\n', '\n\n'),
    'no empty line': note.replace('\n\n', '\n'),
    'soft hyphens': note.replace('portal', 'por\u00adtal'),
  }
  for (const [how, text] of Object.entries(bent)) t.same(splitNotes(`Hallo,\n\n${text}\nGrüße\n`), [note], how)
  t.same(splitNotes(`${note.replace('—', '-')}- noch etwas\n- und mehr\n`), [note], 'with a list below')
  const began = performance.now()
  for (const part of [' ', '- a ', '\n', '- a b\n', `${note.slice(0, 90)}\n`, '—\n'])
    splitNotes(`x${part.repeat(200_000 / part.length)}x`)
  t.ok(performance.now() - began < 3000, 'in time that grows as the text does')
  t.end()
})
