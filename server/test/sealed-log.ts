import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openForWriting } from '../audit/file.ts'
import type { Holder } from '../audit/opening/period-key.ts'
import { wrapKey } from '../audit/sealing/auditor-key.ts'
import { generateKeyPair } from '../audit/sealing/hpke.ts'
import type { Sealable } from '../audit/sealing/segment.ts'
import { anchorIn } from '../audit/writing/anchor.ts'
import { type Moment, Writer } from '../audit/writing/writer.ts'

const key = generateKeyPairSync('ed25519').privateKey

/** A writer of a sealed log in a folder; the same key each time, so that it can be closed and opened again. */
export async function writerIn(folder: string, segmentSize = 8192): Promise<Writer> {
  const software = { version: '0.1.0', tree: '0'.repeat(64) }
  const settings = { key, host: 'portal.example', retentionDays: 90, reasonGiven: false, software, segmentSize }
  return new Writer(await openForWriting(join(folder, 'audit.db')), anchorIn(join(folder, 'anchor')), settings)
}

/** Under what a private key is wrapped. */
export interface Wrapping {
  readonly kek: Buffer
  readonly salt: Buffer
  readonly kdf: string
}

/** Appoints auditors whose keys the test holds; they are wrapped under these, or under what nobody knows. */
export async function enrolHolders(
  writer: Writer,
  count: number,
  moment: Moment,
  wrappings: readonly Wrapping[] = [],
): Promise<Holder[]> {
  const holders: Holder[] = []
  for (let made = 0; made < count; made += 1) {
    const auditor = await writer.nextAuditor()
    const pair = await generateKeyPair()
    const unknown = { kek: randomBytes(32), salt: randomBytes(16), kdf: 'argon2id$m=131072,t=3,p=1' }
    const { kek, salt, kdf } = wrappings[made] ?? unknown
    const row = { id: auditor, account_id: `account-${auditor}`, person: `person-${auditor}`, office: 'Schulleitung' }
    await writer.enrol(
      {
        ...row,
        trained_on: '2026-09-01',
        pub: pair.publicKey,
        ...wrapKey(kek, auditor, pair),
        ...{ salt, kdf },
      },
      moment,
    )
    holders.push({ auditor, pair })
  }
  return holders
}

/** A record as the portal writes it: who, what, when, whom it concerns. */
export function recordOf(
  t: number,
  actor: string,
  kind: string,
  concerned: readonly (readonly [string, string])[],
): Sealable {
  const entry = { v: 1, t, m: 1, b: 'cafe0123', k: kind, a: actor, s: '', ip: '10.0.0.1', o: concerned, r: 'ok', d: {} }
  return { body: JSON.stringify(entry), actor, concerned: concerned.map(([, id]) => id) }
}
