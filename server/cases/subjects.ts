import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { CaseSubject } from '../people/visible.ts'
import type { Office } from '../storage/tables.ts'

/** Somebody or something that a case may be about, with what tells it from others of the same name. */
export interface Subject {
  readonly kind: CaseSubject['kind']
  readonly id: string
  readonly name: string
  readonly offices: readonly Office[]
  readonly groups: readonly string[]
}

const mostFound = 12
const order = new Intl.Collator('de', { numeric: true })

/** Accounts and children whose name contains every word that was typed; case and accents do not matter. */
export async function searchSubjects(viewer: Viewer, typed: string): Promise<{ found: Subject[]; more: boolean }> {
  const words = fold(typed)
    .split(/\s+/)
    .filter(word => word !== '')
  // One letter would list the school.
  if (words.join('').length < 2) return { found: [], more: false }
  const rows = await visibleTo(viewer, 'case_subjects').whereNot({ kind: 'letter' })
  const found = rows.filter(row => words.every(word => fold(row.name).includes(word)))
  found.sort((a, b) => order.compare(a.name, b.name) || order.compare(a.kind, b.kind))
  return { found: found.slice(0, mostFound).map(asSubject), more: found.length > mostFound }
}

/** Those of the named ones that exist. */
export async function findSubjects(viewer: Viewer, ids: readonly string[]): Promise<Subject[]> {
  if (ids.length === 0) return []
  return (await visibleTo(viewer, 'case_subjects').whereIn('id', ids.slice(0, 50))).map(asSubject)
}

/** A letter by the number that is printed on it. */
export async function findLetterByNumber(viewer: Viewer, number: string): Promise<Subject | undefined> {
  const [row] = await visibleTo(viewer, 'case_subjects').where({ kind: 'letter', name: number.trim().toUpperCase() })
  return row && asSubject(row)
}

export function asSubject({ kind, id, name, offices, groups }: CaseSubject): Subject {
  return { kind, id, name, offices: JSON.parse(offices) as Office[], groups: JSON.parse(groups) as string[] }
}

export function fold(text: string): string {
  return text.replaceAll('ß', 'ss').replaceAll('ı', 'i').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
