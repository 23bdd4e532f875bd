import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** What runs: the version, and a SHA-256 (hex) over every file of ours and over the list of packages. */
export interface Software {
  readonly version: string
  readonly tree: string
}

const folders = ['server', 'views', 'static', 'config', 'scripts']
const files = ['package.json', 'package-lock.json']

/** Reads the files below `root` as they are now. Who changes one leaves a line in the audit log's ledger at the next start. */
export function readSoftware(root: string): Software {
  const paths = folders
    .flatMap(folder => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
  const tree = createHash('sha256')
  for (const path of [...files, ...paths.sort()]) {
    const content = readFileSync(join(root, path))
    tree.update(`${path}\0${content.length}\0`).update(content)
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return { version, tree: tree.digest('hex') }
}
