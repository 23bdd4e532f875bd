import t from 'tap'
import { FileRefused } from './decode.ts'
import { mostRows, readTable } from './table.ts'

function refusal(text: string): string {
  try {
    readTable(text)
  } catch (error) {
    if (error instanceof FileRefused) return error.key
    throw error
  }
  return 'read'
}

t.test('every delimiter is found, and a named one believed', async t => {
  for (const [name, delimiter] of Object.entries({ semicolon: ';', comma: ',', tab: '\t', bar: '|' })) {
    const table = readTable(
      ['Name', 'Ort', 'Ort, genau'].join(delimiter).replace('Ort, genau', '"Ort, genau"') +
        `\nA${delimiter}B${delimiter}C`,
    )
    t.equal(table.delimiter, delimiter, name)
    t.same(table.rows[0]?.cells, ['A', 'B', 'C'], name)
  }
  const named = readTable('sep=,\r\nName,a;b;c;d\r\nA,B\r\n')
  t.same([named.delimiter, named.header, named.rows[0]?.number], [',', ['Name', 'a;b;c;d'], 2])
})

t.test('rows keep the number that a spreadsheet shows', async t => {
  const table = readTable('\r\nA;B\r\n1;2\r\n\r\n"Zeile\r\neins";4\r\n5;6\n7;8\r9;10')
  t.same(table.header, ['A', 'B'])
  t.same(
    table.rows.map(row => [row.number, row.cells[0]]),
    [
      [3, '1'],
      [5, 'Zeile\r\neins'],
      [6, '5'],
      [7, '7'],
      [8, '9'],
    ],
  )
})

t.test('quotes, short rows and long rows', async t => {
  const table = readTable('A;B;C\n"sagt ""Hallo""";"x;y";\n1\n1;2;3;;\n1;2;3;4\nZoll 5";2;3\n')
  t.same(table.rows[0]?.cells, ['sagt "Hallo"', 'x;y', ''])
  t.same(table.rows[1], { number: 3, cells: ['1', '', ''], shape: 'short' })
  t.equal(table.rows[2]?.shape, 'even', 'empty cells at the end are no content')
  t.equal(table.rows[3]?.shape, 'long')
  t.equal(table.rows[4]?.cells[0], 'Zoll 5"')
})

t.test('what is no table is refused', async t => {
  t.equal(refusal('nur ein Satz\nund noch einer\n'), 'roll.file.columns')
  t.equal(refusal('A;B\n'), 'roll.file.rows')
  t.equal(refusal('A;B\n;\n\n'), 'roll.file.rows')
  t.equal(refusal('A;B\n"offen;2\n3;4\n'), 'roll.file.quotes')
  t.equal(refusal(`A;B\n${'1;2\n'.repeat(mostRows + 1)}`), 'roll.file.long')
  t.equal(refusal(`A;B\n${'1;2\n'.repeat(mostRows)}`), 'read')
  t.equal(refusal(`${'A;'.repeat(300)}B\n1;2\n`), 'roll.file.wide')
})
