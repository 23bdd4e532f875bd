import type { Viewer } from '../people/viewer.ts'
import { visibleTo } from '../people/visibility.ts'
import type { SystemChange } from '../storage/change.ts'
import type { KnownRoll } from './known.ts'

/** Who may ask for the roll: a viewer, of whom only the office gets rows, or the house itself on the command line. */
export type RollReader = Viewer | SystemChange

/** The roll as it stands, for a plan. `now` is the instant at which codes count as open. */
export async function loadRoll(reader: RollReader, now: string): Promise<KnownRoll> {
  const [pupils, guardians, guardianships, classes, places, codes] = await Promise.all(
    'purpose' in reader
      ? ([
          reader.write('pupils'),
          reader.write('guardians'),
          reader.write('guardianships'),
          reader.write('groups').where({ kind: 'class' }),
          reader.write('group_pupils'),
          reader.write('registration_codes').whereNull('used_at').whereNull('revoked_at').where('expires_at', '>', now),
        ] as const)
      : ([
          visibleTo(reader, 'pupils'),
          visibleTo(reader, 'guardians'),
          visibleTo(reader, 'guardianships'),
          reader.read('groups').where({ kind: 'class' }),
          visibleTo(reader, 'group_pupils'),
          visibleTo(reader, 'registration_codes')
            .whereNull('used_at')
            .whereNull('revoked_at')
            .where('expires_at', '>', now),
        ] as const),
  )
  const { today } = reader
  const classIds = new Set(classes.map(one => one.id))
  const classOf = new Map<string, string>()
  for (const { group_id, pupil_id, from_on, until_on } of places) {
    if (classIds.has(group_id) && from_on <= today && (until_on === null || until_on >= today))
      classOf.set(pupil_id, group_id)
  }
  const byId = <T extends { id: string }>(rows: readonly T[]) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return {
    today,
    pupils: byId(pupils).map(({ account_id, guardians_allowed_at: _, ...pupil }) => ({
      ...pupil,
      registered: account_id !== null,
      class_id: classOf.get(pupil.id) ?? null,
    })),
    guardians: byId(guardians).map(({ account_id, ...guardian }) => ({ ...guardian, registered: account_id !== null })),
    guardianships: byId(guardianships).map(({ id, guardian_id, pupil_id, custody, until_on }) => ({
      id,
      guardian_id,
      pupil_id,
      custody,
      until_on,
    })),
    classes: byId(classes).map(({ id, name, ended_on }) => ({
      id,
      name,
      ended: ended_on !== null && ended_on < today,
    })),
    invited: new Set(codes.flatMap(code => code.guardianship_id ?? code.pupil_id ?? [])),
  }
}
