import { type KeyObject, randomBytes } from 'node:crypto'
import { type File, store } from '../file.ts'
import type { Anchor } from './anchor.ts'
import { Ledger, type Signed, saidBy } from './ledger.ts'

export interface Settings {
  readonly key: KeyObject
  /** The portal's host name: part of the name under which the log signs. */
  readonly host: string
  readonly retentionDays: number
  /** Whether the school wrote down why it keeps records for longer than 90 days. */
  readonly reasonGiven: boolean
  /** What runs: its version, and a hash over its files. */
  readonly software: { readonly version: string; readonly tree: string }
}

interface Instance {
  readonly id: Buffer
  readonly gen: number
  readonly name: string
}

const originOf = ({ name, gen }: Instance): string => (gen === 1 ? name : `${name}/g${gen}`)

/**
 * Opens the ledger of this file, or begins one; an older file than the anchor knows starts a new generation.
 * `before`: the newest time that stood there already.
 */
export async function beginLog(
  file: File,
  anchor: Anchor,
  settings: Settings,
  now: number,
): Promise<{ ledger: Ledger; instance: Buffer; before: number }> {
  const { ledger, anchored, atAnchor } = await Ledger.load(file, anchor, settings.key)
  const before = ledger.last ? ledger.newest : now
  const [found] = await file.all<Instance>('SELECT id, gen, name FROM audit_instance')
  const instance = found ?? (await createInstance(file, ledger, anchor, settings, now))
  if (found) {
    ledger.origin = originOf(found)
    if (await isOlder(file, ledger, anchored, atAnchor))
      await startGeneration(file, ledger, anchor, found, anchored?.size ?? 0, now)
    else if (!anchored && ledger.note !== null) await anchor.write(ledger.note)
    await noteKey(ledger, now)
  }
  return { ledger, instance: instance.id, before }
}

/** Where an anchor speaks of a log that is not here any more, the new one says from its second line on what is missing. */
async function createInstance(
  file: File,
  ledger: Ledger,
  anchor: Anchor,
  { host }: Settings,
  now: number,
): Promise<Instance> {
  const id = randomBytes(16)
  const gone = anchor.read() !== null || anchor.highest() > 1
  const gen = gone ? await nextGeneration(anchor, 1, null) : 1
  const instance = { id, gen, name: `${host}/audit/${id.toString('hex', 0, 4)}` }
  const known = saidBy(anchor.read())?.size ?? 0
  ledger.origin = originOf(instance)
  await ledger.commit(now, async add => {
    const first = await add('instance_created', {
      instance: id.toString('hex'),
      name: instance.name,
      key: ledger.publicKey,
    })
    if (gone) await add('restore_detected', { generation: gen, old_size: known, new_size: first + 1 })
    await store(
      file,
      1,
      'INSERT INTO audit_instance (id, gen, name, created_at) VALUES (?, ?, ?, ?)',
      ...[id, gen, instance.name, now],
    )
  })
  return instance
}

/** One that no note has borne, as far as the anchor's folder knows; what was signed last is put aside for it. */
async function nextGeneration(anchor: Anchor, known: number, note: string | null): Promise<number> {
  const before = anchor.read() ?? note
  const gen = Math.max(known, generationOf(before), anchor.highest()) + 1
  if (before !== null) await anchor.keep(before, gen)
  return gen
}

/** Whether more was signed than this file knows, or something else. A crash right after the first note is neither: the anchor follows before there is a second one. */
async function isOlder(file: File, ledger: Ledger, anchored: Signed | null, atAnchor: Buffer | null): Promise<boolean> {
  if (anchored) return anchored.size > ledger.size || atAnchor === null || !atAnchor.equals(anchored.root)
  const [row] = await file.all<{ notes: number }>('SELECT count(*) AS notes FROM audit_checkpoint')
  return (row?.notes ?? 0) > 1
}

/** Two histories are never signed under one name: from here on the log goes by that of its next generation. */
async function startGeneration(
  file: File,
  ledger: Ledger,
  anchor: Anchor,
  instance: Instance,
  known: number,
  now: number,
): Promise<void> {
  const gen = await nextGeneration(anchor, instance.gen, ledger.note)
  const size = ledger.size
  ledger.origin = originOf({ ...instance, gen })
  await ledger.commit(now, async add => {
    await add('restore_detected', { generation: gen, old_size: known, new_size: size })
    // A restored machine often has a new key, too: the checkpoint over both lines is signed with it.
    if (hasNewKey(ledger)) await add('checkpoint_key_rotated', { key: ledger.publicKey })
    await file.run('UPDATE audit_instance SET gen = ?', gen)
  })
}

const generationOf = (note: string | null): number => Number(/^\S+\/g(\d+)\n/.exec(note ?? '')?.[1] ?? 1)

const hasNewKey = (ledger: Ledger): boolean =>
  (ledger.latest('checkpoint_key_rotated') ?? ledger.latest('instance_created'))?.entry.key !== ledger.publicKey

async function noteKey(ledger: Ledger, now: number): Promise<void> {
  if (hasNewKey(ledger)) await ledger.commit(now, add => add('checkpoint_key_rotated', { key: ledger.publicKey }))
}

/** What the log runs on and by which rules, where that has changed; a start leaves a line in any case. */
export async function noteSettings(ledger: Ledger, settings: Settings, now: number): Promise<void> {
  const config = { retention_days: settings.retentionDays, reason: settings.reasonGiven ? 'given' : 'none' }
  const { software } = settings
  const differs = (before: Readonly<Record<string, unknown>> | undefined, now: Readonly<Record<string, unknown>>) =>
    Object.entries(now).some(([name, value]) => before?.[name] !== value)
  await ledger.commit(now, async add => {
    if (differs(ledger.latest('config_changed')?.entry, config)) await add('config_changed', config)
    if (differs(ledger.latest('software_changed')?.entry, software)) await add('software_changed', software)
    await add('heartbeat', {})
  })
}
