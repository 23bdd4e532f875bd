import { CsvError, parse } from 'csv-parse/sync'
import { FileRefused } from './decode.ts'

export interface Row {
  /** As a spreadsheet shows it: the heading is row 1, empty rows count, a cell with line breaks is one row. */
  readonly number: number
  /** One cell for each column of the header. */
  readonly cells: readonly string[]
  /** Whether the row had fewer or more cells than the header. */
  readonly shape: 'even' | 'short' | 'long'
}

export interface Table {
  readonly delimiter: string
  readonly header: readonly string[]
  readonly rows: readonly Row[]
}

export const mostRows = 20_000
export const mostColumns = 200

const delimiters = [';', ',', '\t', '|'] as const
const separatorLine = /^"?sep=(.)"?(?:\r\n|\n|\r)/i

/**
 * Reads text with separated values into a header and rows.
 *
 * The delimiter is named by a `sep=` line or found in the header. Refuses text without a second column,
 * without rows, or with a quote that never ends.
 */
export function readTable(text: string): Table {
  const named = separatorLine.exec(text)
  const content = named ? text.slice(named[0].length) : text
  const first = content.split(/[\r\n]/).find(line => line.trim() !== '') ?? ''
  const delimiter = named?.[1] ?? mostFrequent(first)
  const records = parseRecords(content, delimiter, first)
  if (records.length > mostRows + 1) throw new FileRefused('roll.file.long', { rows: mostRows })
  const top = records.findIndex(cells => cells.some(cell => cell.trim() !== ''))
  const header = trimEnd((records[top] ?? []).map(cell => cell.trim()))
  if (header.length < 2) throw new FileRefused('roll.file.columns')
  if (header.length > mostColumns) throw new FileRefused('roll.file.wide', { columns: mostColumns })
  const rows: Row[] = []
  for (let index = top + 1; index < records.length; index++) {
    const cells = records[index] as string[]
    if (cells.some(cell => cell.trim() !== '')) rows.push(makeRow(index + 1, cells, header.length))
  }
  if (rows.length === 0) throw new FileRefused('roll.file.rows')
  return { delimiter, header, rows }
}

/** The delimiter that stands most often outside quotes; the earlier one where two are equal. */
function mostFrequent(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '')
  let best: string = delimiters[0]
  for (const delimiter of delimiters) {
    if (bare.split(delimiter).length > bare.split(best).length) best = delimiter
  }
  return best
}

function parseRecords(content: string, delimiter: string, first: string): string[][] {
  try {
    return parse(content, {
      delimiter,
      // Lists with bars come from programs that know no quotes.
      quote: delimiter === '|' && !first.trimStart().startsWith('"') ? null : '"',
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      to: mostRows + 2,
    })
  } catch (error) {
    if (error instanceof CsvError) throw new FileRefused('roll.file.quotes')
    throw error
  }
}

function makeRow(number: number, cells: string[], columns: number): Row {
  if (cells.length < columns) {
    return { number, cells: [...cells, ...Array<string>(columns - cells.length).fill('')], shape: 'short' }
  }
  const surplus = cells.slice(columns).some(cell => cell.trim() !== '')
  return { number, cells: cells.slice(0, columns), shape: surplus ? 'long' : 'even' }
}

function trimEnd(cells: string[]): string[] {
  return cells.slice(0, cells.findLastIndex(cell => cell !== '') + 1)
}
