// Characters that make a spreadsheet take a cell for a formula, full-width forms and leading blanks included (OWASP, CSV injection).
const formula = /^[\s\u00a0\0]*[=+\-@\t\r\0＝＋－＠]/u

/** RFC 4180 with semicolons and a BOM, as German Excel opens it; no cell is ever taken for a formula. */
export function csvFile(rows: readonly (readonly string[])[]): string {
  return `\ufeff${rows.map(row => row.map(cell).join(';')).join('\r\n')}\r\n`
}

function cell(text: string): string {
  const lines = text.split(/\r\n?|\n/).map(line => (formula.test(line) ? `'${line}` : line))
  const safe = lines.join('\n')
  return /[";\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
