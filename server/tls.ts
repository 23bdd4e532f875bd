import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Said to the operator in one sentence. */
export class NoCertificate extends Error {}

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** The certificate that lies in the data folder (`tls/cert.pem`, `tls/key.pem`). */
export function readCertificate(data: string): Certificate {
  const folder = join(data, 'tls')
  for (const name of ['cert.pem', 'key.pem'])
    if (!existsSync(join(folder, name)))
      throw new NoCertificate(`Es fehlt ${join(folder, name)}. Zertifikat und Schlüssel gehören dorthin (PEM).`)
  return { cert: readFileSync(join(folder, 'cert.pem'), 'utf8'), key: readFileSync(join(folder, 'key.pem'), 'utf8') }
}
