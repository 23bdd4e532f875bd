import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const home = join(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
const wanted: Record<string, string> = {
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
}

t.test('DEPENDENCIES.md has one line for each dependency, with the version of package.json, and no other', async t => {
  const described: Record<string, string> = {}
  for (const line of readFileSync(join(home, 'DEPENDENCIES.md'), 'utf8').split('\n')) {
    const [, names = '', version = ''] = line.split('|').map(cell => cell.trim())
    if (/^\d/.test(version)) for (const name of names.split(', ')) described[name] = version
  }
  t.strictSame(described, wanted)
})

t.test('every version is exact', async t => {
  for (const [name, version] of Object.entries(wanted)) t.match(version, /^\d+\.\d+\.\d+$/, name)
})

t.test('the lock file names no download address', async t => {
  t.notMatch(readFileSync(join(home, 'package-lock.json'), 'utf8'), '"resolved"')
})

t.test('the lock file is complete: every package that a package asks for is in it, for other systems too', async t => {
  const { packages } = JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8'))
  const missing: string[] = []
  for (const [path, entry] of Object.entries<Record<string, Record<string, string>>>(packages)) {
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      let folder = path
      while (folder && !packages[`${folder}/node_modules/${name}`])
        folder = folder.includes('/node_modules/') ? folder.slice(0, folder.lastIndexOf('/node_modules/')) : ''
      if (!folder && !packages[`node_modules/${name}`]) missing.push(`${path} asks for ${name}`)
    }
  }
  t.strictSame(missing, [])
})
