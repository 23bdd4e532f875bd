import { randomBytes } from 'node:crypto'
import type { Context } from './context.ts'

const name = '__Host-pforte-device'
const days = 180

/**
 * The browser's own random name, set once. It opens nothing: it only tells the throttle which browsers an account
 * has been used from, and binds the forms of people who are not signed in.
 */
export function deviceOf(context: Context): string | null {
  const cookie = context.cookies.get(name, { signed: false }) ?? ''
  const [device = '', mark = ''] = cookie.split('.')
  return device !== '' && mark === markOf(context, device) ? device : (context.state.newDevice ?? null)
}

/** The same, and where there is none yet a new one is set with the answer. */
export function ensureDevice(context: Context): string {
  const known = deviceOf(context)
  if (known) return known
  const device = randomBytes(16).toString('base64url')
  context.state.newDevice = device
  context.cookies.set(name, `${device}.${markOf(context, device)}`, {
    signed: false,
    secure: true,
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    maxAge: days * 86_400_000,
  })
  return device
}

export const deviceDays = days

function markOf(context: Context, device: string): string {
  return context.state.house.secrets.keyed('device', device).toString('base64url').slice(0, 22)
}
