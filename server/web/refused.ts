import { AuditUnavailable } from '../audit/log.ts'
import { networkOf } from '../people/throttle.ts'
import type { Context } from './context.ts'

const minute = 60_000
const mostNetworks = 10_000

/**
 * Answers who is not let in, in plain text without a view: they learn nothing about the portal.
 *
 * Recorded once a minute for each network, with how many there were since: nobody outside can fill the disk.
 */
export function refuseOutsiders(): (context: Context, status: 403 | 421) => Promise<void> {
  const seen = new Map<string, { at: number; more: number }>()
  return async (context, status) => {
    const { house, address } = context.state
    context.state.route = '/refused'
    context.status = status
    context.type = 'text'
    context.body =
      status === 403
        ? 'Die Pforte gibt es nur im Netz der Schule.\nThis portal answers only inside the school’s network.\n'
        : 'Unter dieser Adresse gibt es die Pforte nicht.\nThe portal does not answer under this name.\n'
    const network = `${status} ${address === '' ? '' : networkOf(address)}`
    const before = seen.get(network)
    if (before && house.clock.now() - before.at < minute) {
      before.more += 1
      return
    }
    if (seen.size >= mostNetworks) seen.clear()
    seen.set(network, { at: house.clock.now(), more: 0 })
    await record(context, status, before?.more ?? 0)
  }
}

async function record(context: Context, status: number, unrecorded: number): Promise<void> {
  const { house, address } = context.state
  try {
    await house.audit.append({
      action: 'network.refused',
      actor: null,
      session: null,
      address,
      concerns: [],
      outcome: 'denied',
      details: { status, unrecorded },
    })
  } catch (error) {
    // The refusal stands, recorded or not: nothing has been done or shown.
    if (!(error instanceof AuditUnavailable)) throw error
    house.log.error({ route: '/refused', kind: error.constructor.name }, 'unavailable')
  }
}
