import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { Config } from '../config.ts'
import { type SmallSchool, seedSmallSchool } from '../demo/seed.ts'
import { openHouse } from '../main.ts'
import { ensureSelfSigned } from '../self-signed.ts'
import { readSoftware } from '../software.ts'
import { cheapKeys } from './audit.ts'

const root = join(import.meta.dirname, '../..')
/** Beside what tap keeps there; on the disk where the tests' folders lie. */
const shelf = join(root, '.tap/schools')
const longestUse = 3 * 3_600_000

type Options = NonNullable<Parameters<typeof openHouse>[1]>

/** Fills a data folder with the small school, from a copy that was made once for what the files are now and this time. */
export async function copySchool(
  config: Config,
  options: Options & { readonly now: () => number },
): Promise<SmallSchool> {
  const { tree } = readSoftware(root)
  const made = join(shelf, `${tree.slice(0, 24)}-${options.now()}-${process.versions.node}`)
  if (!existsSync(made)) await make(made, config, options)
  cpSync(join(made, 'data'), config.data, { recursive: true })
  return deserialize(readFileSync(join(made, 'ids'))) as SmallSchool
}

/** Where two processes make the same, the first to be ready wins. */
async function make(made: string, config: Config, options: Options): Promise<void> {
  forgetOld()
  const making = `${made}.${process.pid}`
  const data = join(making, 'data')
  mkdirSync(data, { recursive: true, mode: 0o700 })
  await ensureSelfSigned(data, ['localhost', '127.0.0.1'])
  const { house, close } = await openHouse({ ...config, data }, { ...options, migrate: true })
  const ids = await seedSmallSchool(house, cheapKeys)
  await close()
  writeFileSync(join(making, 'ids'), serialize(ids))
  try {
    renameSync(making, made)
  } catch (error) {
    if (!existsSync(made)) throw error
    rmSync(making, { recursive: true })
  }
}

function forgetOld(): void {
  mkdirSync(shelf, { recursive: true })
  for (const name of readdirSync(shelf)) {
    const path = join(shelf, name)
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > longestUse) rmSync(path, { recursive: true, force: true })
  }
}
