import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** The certificate that lies in the data folder (`tls/cert.pem`, `tls/key.pem`). */
export function readCertificate(data: string): Certificate {
  const folder = join(data, 'tls')
  return { cert: readFileSync(join(folder, 'cert.pem'), 'utf8'), key: readFileSync(join(folder, 'key.pem'), 'utf8') }
}
