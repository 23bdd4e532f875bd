import type { House } from '../house.ts'
import { type SystemChange, systemChange } from '../storage/change.ts'

/** How many tries something may cost, and how it slows down after the free ones. Times in seconds. */
interface Budget {
  readonly key: Buffer
  readonly free: number
  /** Quiet for this long, and the budget is fresh again. */
  readonly quiet: number
  pause(beyond: number): number
  /** Success wipes the slate; otherwise it gives back one try. */
  readonly wipedBySuccess: boolean
}

const doubling = (beyond: number): number => Math.min(30, 2 ** (beyond - 1))

/** IPv4 as it is; of IPv6 the /64, since one machine owns a whole one. */
export function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (!mapped.includes(':')) return mapped
  const [head = '', tail] = mapped.split('%')[0]?.split('::') ?? []
  const left = head.split(':').filter(Boolean)
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean)
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}

/**
 * The budgets of one sign-in try. A device that this account has used before has its own, so that nobody can
 * lock its owner out; all unknown devices together share one for the account and one for their network.
 */
export function signInBudgets(house: House, login: string, knownDevice: string | null, address: string): Budget[] {
  const key = (name: string) => house.secrets.keyed('throttle', name)
  const own: Budget = {
    key: key(`sign-in ${login} ${knownDevice ?? networkOf(address)}`),
    free: 5,
    quiet: 900,
    pause: doubling,
    wipedBySuccess: true,
  }
  if (knownDevice) return [own]
  return [
    own,
    { key: key(`account ${login}`), free: 20, quiet: 3600, pause: () => 30, wipedBySuccess: false },
    { key: key(`network ${networkOf(address)}`), free: 60, quiet: 600, pause: () => 30, wipedBySuccess: false },
  ]
}

/** The budget for codes and tokens typed from one network. */
export function codeBudgets(house: House, address: string): Budget[] {
  const key = house.secrets.keyed('throttle', `code ${networkOf(address)}`)
  return [{ key, free: 30, quiet: 600, pause: doubling, wipedBySuccess: false }]
}

/** The budget for one auditor's passphrase: five tries in a quarter of an hour, then a pause as long. No other auditor waits with them. */
export function auditorBudgets(house: House, auditor: number): Budget[] {
  const key = house.secrets.keyed('throttle', `auditor ${auditor}`)
  return [{ key, free: 5, quiet: 900, pause: () => 900, wipedBySuccess: true }]
}

/** The budget for the second factor of one account, for codes of all kinds: five tries in a quarter of an hour. */
export function factorBudgets(house: House, account: string): Budget[] {
  const key = house.secrets.keyed('throttle', `factor ${account}`)
  // A second longer than it takes to be fresh again: after the pause there are five tries, not one.
  return [{ key, free: 5, quiet: 900, pause: () => 901, wipedBySuccess: true }]
}

/**
 * Takes one try from every budget, before the secret is looked at, so that parallel tries count too.
 *
 * Returns 0 when the try may go on, else how many seconds to wait; then nothing was taken.
 */
export function takeTry(house: House, budgets: readonly Budget[]): Promise<number> {
  return systemChange(house.database, house.clock, 'throttle', async change => {
    const now = house.clock.now()
    const found = await rowsOf(change, budgets)
    const wait = Math.max(0, ...budgets.map(budget => (found.get(hex(budget))?.blocked_until ?? 0) - now))
    if (wait > 0) return Math.ceil(wait / 1000)
    for (const budget of budgets) {
      const row = found.get(hex(budget))
      const fresh = !row || now - row.window_started_at > budget.quiet * 1000
      const failures = fresh ? 1 : row.failures + 1
      const beyond = failures - budget.free
      const blocked_until = beyond >= 0 ? now + budget.pause(beyond + 1) * 1000 : 0
      await change
        .write('throttles')
        .insert({ key: budget.key, failures, window_started_at: now, blocked_until })
        .onConflict('key')
        .merge()
    }
    return 0
  })
}

/** The try was right: it does not count. */
export async function forgive(change: SystemChange, budgets: readonly Budget[]): Promise<void> {
  for (const budget of budgets) {
    if (budget.wipedBySuccess) await change.write('throttles').where({ key: budget.key }).delete()
    else
      await change.write('throttles').where({ key: budget.key }).update({ blocked_until: 0 }).decrement('failures', 1)
  }
}

/** The same where nothing else is written with it. */
export function giveBack(house: House, budgets: readonly Budget[]): Promise<void> {
  return systemChange(house.database, house.clock, 'throttle', change => forgive(change, budgets))
}

async function rowsOf(change: SystemChange, budgets: readonly Budget[]) {
  const rows = await change.write('throttles').whereIn(
    'key',
    budgets.map(budget => budget.key),
  )
  return new Map(rows.map(row => [row.key.toString('hex'), row]))
}

function hex(budget: Budget): string {
  return budget.key.toString('hex')
}
