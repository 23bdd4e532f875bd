import t from 'tap'
import { decode, FileRefused, largestFile } from './decode.ts'

function refusal(bytes: Uint8Array): string {
  try {
    decode(bytes)
  } catch (error) {
    if (error instanceof FileRefused) return error.key
    throw error
  }
  return 'read'
}

t.test('text is read in the encoding that its bytes show', async t => {
  const text = 'Vorname;Nachname\r\nJürgen;Größl\r\n'
  const little = Buffer.from(`\ufeff${text}`, 'utf16le')
  t.same(decode(Buffer.from(text)), { text, encoding: 'utf-8' })
  t.same(decode(Buffer.from(`\ufeff${text}`)), { text, encoding: 'utf-8' }, 'the mark is no part of the text')
  t.same(decode(little), { text, encoding: 'utf-16le' })
  t.same(decode(Buffer.from(little).swap16()), { text, encoding: 'utf-16be' })
  t.same(decode(Buffer.from(text, 'latin1')), { text, encoding: 'windows-1252' })
  t.equal(decode(Buffer.from([0x41, 0x80, 0x8a])).text, 'A€Š', 'the characters that only Windows has')
})

t.test('what is no table is refused by name', async t => {
  t.equal(refusal(Buffer.alloc(0)), 'roll.file.empty')
  t.equal(refusal(Buffer.from('\ufeff \r\n\r\n')), 'roll.file.empty')
  t.equal(refusal(Buffer.from('%PDF-1.7 …')), 'roll.file.pdf')
  t.equal(refusal(Buffer.from('PK\x03\x04[Content_Types].xml')), 'roll.file.spreadsheet')
  t.equal(
    refusal(Buffer.from('PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet')),
    'roll.file.spreadsheet',
  )
  t.equal(refusal(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1])), 'roll.file.spreadsheet')
  t.equal(refusal(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d])), 'roll.file.binary')
  t.equal(refusal(Buffer.from('Vorname;Nachname\0\n')), 'roll.file.binary')
  t.equal(refusal(Buffer.from(Array.from({ length: 500 }, (_, index) => 1 + ((index * 7) % 31)))), 'roll.file.binary')
  t.equal(refusal(Buffer.from('<!DOCTYPE html><title>x</title>')), 'roll.file.markup')
  t.equal(refusal(Buffer.alloc(50 * 1024 * 1024, 'a')), 'roll.file.large')
  t.equal(refusal(Buffer.alloc(largestFile, 'a')), 'read')
})
