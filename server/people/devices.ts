import type { SystemChange } from '../storage/change.ts'

const mostDevices = 20

/** Forgets an account's browsers that have run out, and the oldest above twenty. */
export async function sweepDevices(change: SystemChange, account: string): Promise<void> {
  const own = () => change.write('devices').where({ account_id: account })
  await own().where('expires_at', '<', change.at).delete()
  const kept = own().select('id_hash').orderBy('expires_at', 'desc').limit(mostDevices)
  await own().whereNotIn('id_hash', kept).delete()
}
