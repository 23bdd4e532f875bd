import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { writeHeapSnapshot } from 'node:v8'
import { openForReading } from '../audit/file.ts'
import type { AuditorRow } from '../audit/formats/layout.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { makeReport } from '../audit/opening/report.ts'
import { openReview } from '../audit/opening/review.ts'
import { scan } from '../audit/opening/scan.ts'
import { type OpenedShares, openShares } from '../audit/opening/shares.ts'
import { unwrapKey, zero } from '../audit/sealing/auditor-key.ts'
import { deriveKey, readCost } from '../people/passwords.ts'

/**
 * Opens a case as the portal does: `ceremony-process.ts AUDIT.DB CASE SNAPSHOT`, the passphrases of auditors 1 and 2 on
 * standard input. When all is wiped it writes a heap snapshot, says so, and waits to be looked at.
 */
const [path = '', id = '', snapshot = ''] = process.argv.slice(2)
const gc = globalThis.gc
if (!gc) throw new Error('This needs --expose-gc')

async function open(passphrases: readonly string[]): Promise<number> {
  const file = await openForReading(path)
  try {
    const instance = await instanceOf(file)
    const parts: OpenedShares[] = []
    for (const [at, passphrase] of passphrases.entries()) {
      const [row] = await file.all<AuditorRow>('SELECT * FROM audit_auditor WHERE id = ?', at + 1)
      if (!row) throw new Error('There is no such auditor')
      const kek = await deriveKey(passphrase, row.salt, readCost(row.kdf))
      const pair = { publicKey: row.pub, privateKey: unwrapKey(kek, row.id, row.pub, row) }
      zero(kek)
      parts.push(await openShares(file, instance, Number(id), { auditor: row.id, pair }))
      zero(pair.privateKey)
    }
    const [a, b] = parts as [OpenedShares, OpenedShares]
    const review = await openReview(file, Number(id), a, b)
    a.wipe()
    b.wipe()
    const found = await scan(review, path)
    const { counts } = await makeReport(file, instance, review, found, {}, 0)
    review.wipe()
    return counts.kept
  } finally {
    await file.close()
  }
}

const kept = await open(readFileSync(0, 'utf8').trim().split('\n'))
for (let turn = 0; turn < 5; turn += 1) {
  gc()
  await setTimeout(20)
}
writeHeapSnapshot(snapshot)
process.stdout.write(`${kept}\n`)
await setTimeout(60_000)
