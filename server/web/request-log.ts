import type { Middleware } from './context.ts'

/** One line a request: pattern, status, time. No user, address, query or id: behaviour belongs into the sealed log alone. */
export const requestLog: Middleware = async (context, next) => {
  const start = performance.now()
  await next()
  context.state.house.log.debug(
    {
      method: context.method,
      route: context.state.route ?? 'none',
      status: context.status,
      ms: Math.round(performance.now() - start),
    },
    'answered',
  )
}
