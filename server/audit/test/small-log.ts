import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type File, openForWriting } from '../file.ts'
import type { AuditorRow } from '../formats/layout.ts'
import { wrapKey } from '../sealing/auditor-key.ts'
import { generateKeyPair, type KeyPair } from '../sealing/hpke.ts'
import type { Sealable, Watch } from '../sealing/segment.ts'
import { type Anchor, anchorIn } from '../writing/anchor.ts'
import { type Moment, Writer, type WriterOptions } from '../writing/writer.ts'

/** An auditor of a test, with the private key that nobody else ever sees. */
export interface TestAuditor {
  readonly row: AuditorRow
  readonly pair: KeyPair
}

export async function makeAuditor(id: number): Promise<TestAuditor> {
  const pair = await generateKeyPair()
  const kek = randomBytes(32)
  const row = {
    id,
    account_id: `account-${id}`,
    person: `Person ${id}`,
    office: 'auditor',
    trained_on: '2026-09-01',
    pub: pair.publicKey,
    ...wrapKey(kek, id, pair),
    salt: randomBytes(16),
    kdf: '{}',
  }
  return { row, pair }
}

export const makeAuditors = (count: number): Promise<TestAuditor[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => makeAuditor(index + 1)))

/** At a time that the network does not vouch for, which is the usual case in a school's cellar. */
export const at = (time: string | number): Moment => ({
  now: typeof time === 'number' ? time : Date.parse(time),
  trusted: false,
})
export const trusted = (time: string | number): Moment => ({ ...at(time), trusted: true })

/** Short, so that a test can look for it; said by one of a few people about one of a few others. */
export const recordOf = (name: string, number = 0): Sealable => ({
  body: JSON.stringify({ v: 1, k: 'test', name }),
  actor: `actor-${number % 7}`,
  concerned: number % 3 === 0 ? [] : [`pupil-${number % 11}`, `letter-${number % 5}`],
})
export const nameIn = (body: string): string => String(JSON.parse(body).name)

/** A log in a folder of its own, small enough that its segments are soon full. */
export class SmallLog {
  readonly folder: string
  readonly path: string
  readonly anchorFolder: string
  key: KeyObject
  retentionDays = 30
  segmentSize = 16
  watch: Watch | undefined

  constructor(folder: string, key: KeyObject = generateKeyPairSync('ed25519').privateKey) {
    mkdirSync(folder, { recursive: true })
    this.folder = folder
    this.path = join(folder, 'audit.db')
    this.anchorFolder = join(folder, 'anchor')
    this.key = key
  }

  get options(): WriterOptions {
    return {
      key: this.key,
      host: 'portal.example',
      retentionDays: this.retentionDays,
      reasonGiven: false,
      software: { version: '0.1.0', tree: '0'.repeat(64) },
      segmentSize: this.segmentSize,
      ...(this.watch && { watch: this.watch }),
    }
  }

  get anchor(): Anchor {
    return anchorIn(this.anchorFolder)
  }

  open(): Promise<File> {
    return openForWriting(this.path)
  }

  /** A writer that has started, on a connection of its own. */
  async writer(moment: Moment): Promise<Writer> {
    const writer = new Writer(await this.open(), this.anchor, this.options)
    await writer.start(moment)
    return writer
  }

  /** Looks into the file with another library: no writer of this process may have it open. */
  async look<T>(work: (database: DatabaseSync) => T | Promise<T>): Promise<T> {
    const database = new DatabaseSync(this.path, { readOnly: true })
    try {
      return await work(database)
    } finally {
      database.close()
    }
  }
}

export const keyFrom = (path: string): KeyObject => createPrivateKey(readFileSync(path))
