import type { File } from '../file.ts'
import { type Entry, type EntryKind, parseEntry } from '../formats/entries.ts'
import { leafHash } from '../formats/merkle.ts'

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
