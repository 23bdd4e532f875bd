import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { send } from '@koa/send'
import type { Context, Middleware } from './context.ts'

/** Addresses of our own files with a hash of their content, so that browsers may keep them for good. */
export function assetPaths(folder: string): (name: string) => string {
  const known = new Map<string, string>()
  for (const name of readdirSync(folder)) {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('base64url')
    known.set(name, `/static/${name}?v=${digest.slice(0, 12)}`)
  }
  return name => known.get(name) ?? `/static/${name}`
}

const prefix = '/static/'

/** Our style sheet, script and icons; only what lies flat in the folder. */
export function staticFiles(folder: string): Middleware {
  const names = new Set(readdirSync(folder))
  return async (context: Context, next) => {
    if (!context.path.startsWith(prefix) || (context.method !== 'GET' && context.method !== 'HEAD')) return next()
    const name = context.path.slice(prefix.length)
    if (!names.has(name)) context.throw(404)
    context.state.route = '/static'
    await send(context as Parameters<typeof send>[0], name, { root: folder })
    context.set('Cache-Control', context.querystring ? 'public, max-age=31536000, immutable' : 'public, max-age=3600')
  }
}
