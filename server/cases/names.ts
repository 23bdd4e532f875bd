import { findCase } from '../audit/cases.ts'
import type { RecordBody } from '../audit/entry.ts'
import type { CaseRequest } from '../audit/opening/papers.ts'
import type { House } from '../house.ts'
import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'

const atOnce = 400

/** What the people and things in these records are called today, by id: a report must be readable when they are gone. */
export async function namesIn(
  { audit }: Pick<House, 'audit'>,
  viewer: Viewer,
  request: Pick<CaseRequest, 'subjects' | 'object'>,
  records: readonly { readonly body: RecordBody }[],
): Promise<Record<string, string>> {
  const names: Record<string, string> = Object.create(null)
  for (const one of [...request.subjects, ...(request.object ? [request.object] : [])]) names[one.id] = one.name
  const ids = new Set(records.flatMap(({ body }) => [String(body.a), ...body.o.map(([, id]) => String(id))]))
  const all = [...ids].filter(id => id !== '0')
  for (let start = 0; start < all.length; start += atOnce) {
    const some = all.slice(start, start + atOnce)
    for (const { id, name, groups } of await visibleTo(viewer, 'case_subjects').whereIn('id', some)) {
      const places = JSON.parse(groups) as string[]
      names[id] = places.length > 0 ? `${name} (${places.join(', ')})` : name
    }
    for (const { id, name } of await viewer.read('groups').whereIn('id', some)) names[id] = name
  }
  const cases = records.flatMap(({ body }) => body.o.filter(([kind]) => kind === 'case').map(([, id]) => Number(id)))
  for (const id of new Set(cases)) {
    const found = await findCase(audit, id)
    if (found) names[caseName(id)] = found.no
  }
  return names
}

/** Under what a case's number stands among the names: its id alone could be anybody's. */
export const caseName = (id: number | string): string => `case ${id}`
