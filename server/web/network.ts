import { isIP } from 'node:net'
import type { Config } from '../config.ts'
import type { Context, Middleware } from './context.ts'

/**
 * The peer's address in its plain form, or null where there is none to be had.
 *
 * IPv4 in IPv6's clothes is IPv4; the zone of an IPv6 address is dropped; anything else that is not an address is nobody.
 */
export function plainAddress(address: string | undefined): string | null {
  const [bare = '', ...zone] = (address ?? '').split('%')
  if (zone.length > 0 && isIP(bare) !== 6) return null
  const plain = bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
  return isIP(plain) === 0 ? null : plain
}

export function isInside(config: Config, address: string): boolean {
  return config.networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * The first wall: who calls from outside the school's networks, or by a name that is not the portal's (DNS
 * rebinding), is refused before any session, database or view has been touched.
 */
export function intranetOnly(
  config: Config,
  refused: (context: Context, status: 403 | 421) => Promise<void>,
): Middleware {
  return async (context, next) => {
    const address = plainAddress(context.req.socket.remoteAddress)
    if (address === null || !isInside(config, address)) {
      context.state.address = address ?? ''
      return refused(context, 403)
    }
    context.state.address = address
    if (!config.hosts.has(context.get('host').toLowerCase())) return refused(context, 421)
    return next()
  }
}
