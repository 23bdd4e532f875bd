import type { File } from './file.ts'
import { type Entry, type EntryKind, parseEntry } from './formats/entries.ts'
import { type AuditorRow, differing } from './formats/layout.ts'
import { leafHash } from './formats/merkle.ts'

/** The lines that a case consists of; others only name it. */
const ofCases = /^(lookup_|share_presented$)/

/**
 * Lines of one kind about one period, auditor or whatever the field names, oldest first. They are found by their text, so that a
 * line which somebody has spoilt is in nobody's way.
 */
export async function linesWith(file: File, kind: EntryKind, field: string, id: number): Promise<Entry[]> {
  const lines = await readLines(file, `"k":"${kind}"`)
  return lines.filter(line => line.k === kind && line[field] === id)
}

/** What the ledger says about a case, oldest first. */
export async function linesOfCase(file: File, caseId: number): Promise<Entry[]> {
  const lines = await readLines(file, `"case":${caseId}`)
  return lines.filter(line => line.case === caseId && ofCases.test(line.k))
}

/**
 * The auditors of today, or null where one of them is not exactly the one that the ledger names: nothing is sealed to a
 * key that somebody has slipped in.
 */
export async function namedAuditors(file: File): Promise<AuditorRow[] | null> {
  const rows = await file.all<AuditorRow>("SELECT * FROM audit_auditor WHERE state = 'active' ORDER BY id")
  const named = new Map<number, string>()
  for (const { k, auditor, row } of await readLines(file, '"auditor":')) {
    if (k === 'auditor_enrolled' || k === 'passphrase_changed') named.set(Number(auditor), String(row))
    if (k === 'auditor_revoked') named.delete(Number(auditor))
  }
  return differing(rows, named).length === 0 ? rows : null
}

async function readLines(file: File, text: string): Promise<Entry[]> {
  const rows = await file.all<{ body: string; leaf: Buffer }>(
    'SELECT body, leaf FROM audit_ledger WHERE instr(body, ?) > 0 ORDER BY idx',
    text,
  )
  return rows.flatMap(({ body, leaf }) => {
    const entry = leafHash(body).equals(leaf) ? parseEntry(body) : null
    return entry ? [entry] : []
  })
}
