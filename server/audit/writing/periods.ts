import { randomBytes } from 'node:crypto'
import { type File, store } from '../file.ts'
import { type AuditorRow, monthOf, shareAad, shareHash } from '../formats/layout.ts'
import { deriveKeyPair, seal, suite } from '../sealing/hpke.ts'
import { split, threshold } from '../sealing/shares.ts'
import { readStandings } from '../standings.ts'
import type { Ledger } from './ledger.ts'

export interface Period {
  readonly id: number
  readonly month: string
  readonly pk: Buffer
  readonly n: number
}

/** Below three, two people could not stand in for each other; so nothing is opened for fewer. */
export const fewestAuditors = 3
/** Nor does a key have more shares than seven. */
export const mostAuditors = 7

export const activeAuditors = (file: File): Promise<AuditorRow[]> =>
  file.all("SELECT * FROM audit_auditor WHERE state = 'active' ORDER BY id")

/** Those of them who may act: whoever is suspended keeps their shares, and that is all. */
export async function actingAuditors(file: File): Promise<ReadonlySet<number>> {
  const { active } = await readStandings(file)
  return new Set([...active].flatMap(([id, { suspended }]) => (suspended ? [] : [id])))
}

/** The periods in the order in which they were opened. */
export const listPeriods = (file: File): Promise<Period[]> =>
  file.all<Period>('SELECT id, month, pk, n FROM audit_period ORDER BY id')

/** A period's public key, and the shares of the seed that is forgotten here. */
async function makeKey(n: number): Promise<{ pk: Buffer; parts: Buffer[] }> {
  const seed = randomBytes(32)
  try {
    const { publicKey: pk, privateKey } = await deriveKeyPair(seed)
    privateKey.fill(0)
    return { pk, parts: n === 0 ? [] : await split(seed, n) }
  } finally {
    seed.fill(0)
  }
}

/**
 * Opens the period of a month: makes its key, seals a share of it to each auditor, and forgets it. Nobody needs to be
 * present. `auditors`: as the ledger names them. Without three of them the key is forgotten at once: what is sealed to such a period, nobody will ever read.
 */
export async function openPeriod(
  file: File,
  ledger: Ledger,
  instance: Buffer,
  month: string,
  auditors: readonly AuditorRow[],
  now: number,
): Promise<Period> {
  const n = auditors.length < fewestAuditors ? 0 : auditors.length
  const [row] = await file.all<{ id: number }>('SELECT coalesce(max(id), 0) + 1 AS id FROM audit_period')
  const id = row?.id ?? 1
  const { pk, parts } = await makeKey(n)
  const shares = await Promise.all(
    parts.map(async (part, index) => {
      const auditor = auditors[index] as (typeof auditors)[number]
      const no = index + 1
      const sealed = await seal(auditor.pub, 'share', instance, shareAad(id, auditor.id, no, n, pk), part).finally(() =>
        part.fill(0),
      )
      return { auditor: auditor.id, no, ...sealed }
    }),
  )
  await ledger.commit(now, async add => {
    const opened = await add('period_opened', {
      period: id,
      month,
      pk: pk.toString('hex'),
      n,
      shares: shares.map(share => [share.auditor, share.no, shareHash(share.enc, share.sealed).toString('hex')]),
    })
    await store(
      file,
      1,
      'INSERT INTO audit_period (id, month, pk, suite, t, n, opened_idx) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[id, month, pk, suite, threshold, n, opened],
    )
    for (const { auditor, no, enc, sealed } of shares)
      await store(
        file,
        1,
        'INSERT INTO audit_share (period_id, gen, auditor_id, share_no, enc, sealed) VALUES (?, 0, ?, ?, ?, ?)',
        ...[id, auditor, no, enc, sealed],
      )
  })
  return { id, month, pk, n }
}

/** Whether a period may be used at an hour: in its month, give or take an hour. */
export const covers = (period: Period, hours: number): boolean =>
  [hours - 1, hours, hours + 1].some(near => monthOf(near) === period.month)
