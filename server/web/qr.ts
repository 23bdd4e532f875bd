import QRCode from 'qrcode'

export interface QrPath {
  /** Modules on each side, with the quiet zone of four. */
  readonly size: number
  /** An SVG path of the dark modules, one unit each. */
  readonly path: string
}

/** A QR code as one SVG path, which a template can write without leaving anything unescaped. */
export function qrPath(text: string): QrPath {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' })
  const quiet = 4
  let path = ''
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (!modules.get(row, column)) continue
      const start = column
      while (column + 1 < modules.size && modules.get(row, column + 1)) column++
      path += `M${start + quiet} ${row + quiet}h${column - start + 1}v1h-${column - start + 1}z`
    }
  }
  return { size: modules.size + 2 * quiet, path }
}
