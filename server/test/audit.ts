import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { RecordBody } from '../audit/entry.ts'
import { openForReading } from '../audit/file.ts'
import type { AuditorRow } from '../audit/formats/layout.ts'
import { openPeriodKey } from '../audit/opening/period-key.ts'
import { instanceOf, readRecords } from '../audit/opening/reading.ts'
import { unwrapKey } from '../audit/sealing/auditor-key.ts'
import type { KeyPair } from '../audit/sealing/hpke.ts'
import { auditorPassphrases, type DemoAuditor } from '../demo/auditors.ts'
import { deriveKey, readCost } from '../people/passwords.ts'

/** A cost at which keys are wrapped at once; a real one takes half a second each. */
export const cheapKeys = { memory: 1024, time: 1, lanes: 1 } as const

/** Every record of the log in a data folder, oldest first, as two of its auditors can read it together. */
export async function readTrail(data: string, auditors: readonly DemoAuditor[]): Promise<RecordBody[]> {
  const [a, b] = auditors
  if (!a || !b) throw new Error('Two auditors are needed')
  const file = await openForReading(join(data, 'audit.db'))
  try {
    const instance = await instanceOf(file)
    const periods = await file.all<{ id: number }>('SELECT id FROM audit_period WHERE n > 0')
    const keys = new Map<number, KeyPair>()
    for (const { id } of periods) {
      const holders = [a, b].map(({ id, pair }) => ({ auditor: id, pair })) as [Holder, Holder]
      keys.set(id, await openPeriodKey(file, instance, id, ...holders))
    }
    return (await readRecords(file, keys)).map(record => JSON.parse(record.body) as RecordBody)
  } finally {
    await file.close()
  }
}
type Holder = Parameters<typeof openPeriodKey>[3]

/**
 * What the verifier, as a process of its own, says about the log in a data folder: its exit status and its line. It is
 * not told the time, which such a log has made up.
 */
export function verifyFolder(data: string, ...more: readonly string[]): Promise<{ status: number; said: string }> {
  const verifier = JSON.stringify(join(import.meta.dirname, '../audit/verify.ts'))
  const check = JSON.stringify({ witnesses: more.filter(one => one !== '--witness'), now: null })
  const script = `import { reportOn } from ${verifier}; process.exitCode = reportOn(${JSON.stringify(data)}, ${check})`
  return new Promise(resolve => {
    execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, said: `${stdout}${stderr}`.trim() })
    })
  })
}

/** The demo's first two auditors, their keys opened with the passphrases that the demo tells everybody. */
export async function openDemoAuditors(data: string): Promise<DemoAuditor[]> {
  const file = await openForReading(join(data, 'audit.db'))
  try {
    const rows = await file.all<AuditorRow>('SELECT * FROM audit_auditor ORDER BY id LIMIT 2')
    const opened: DemoAuditor[] = []
    for (const [index, row] of rows.entries()) {
      const [key, passphrase] = Object.entries(auditorPassphrases)[index] ?? ['', '']
      const kek = await deriveKey(passphrase, row.salt, readCost(row.kdf))
      opened.push({ key, id: row.id, pair: { publicKey: row.pub, privateKey: unwrapKey(kek, row.id, row.pub, row) } })
    }
    return opened
  } finally {
    await file.close()
  }
}
