import { randomBytes } from 'node:crypto'
import { addDays } from '../clock.ts'
import type { House } from '../house.ts'
import type { Change, SystemChange } from '../storage/change.ts'
import { base32, newId } from '../storage/ids.ts'

/** Days that a registration code holds. */
export const codeDays = 60

/** For whom a code is: one guardian of one child, a pupil of age, or an invited member of staff. */
export interface CodeSubject {
  readonly guardianship_id?: string
  readonly pupil_id?: string
  readonly invitation_id?: string
}

export interface IssuedCode extends CodeSubject {
  /** Sixteen characters, as typed from paper. Shown once, never stored. */
  readonly code: string
  readonly expires_at: string
}

/** The form in which a code is compared: O is 0, I and L are 1, U is V; blanks, dashes and case do not matter. */
export function foldCode(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-–—.]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
    .replaceAll('U', 'V')
}

/** `K7MP-4RTX-…`, the way it stands on paper. */
export function codeInGroups(code: string): string {
  return (code.match(/.{1,4}/g) ?? []).join('-')
}

export function codeHash(house: Pick<House, 'secrets'>, code: string): Buffer {
  return house.secrets.keyed('registration-code', foldCode(code))
}

/**
 * Makes one code of 80 random bits for each subject and revokes the one that was open.
 *
 * The database gets only a keyed hash; the codes themselves exist in the returned list.
 */
export async function issueCodes(
  change: Change | SystemChange,
  house: Pick<House, 'secrets' | 'clock'>,
  subjects: readonly CodeSubject[],
): Promise<IssuedCode[]> {
  const expires_at = `${addDays(change.today, codeDays)}T22:00:00.000Z`
  const issued: IssuedCode[] = subjects.map(subject => ({ ...subject, code: base32(randomBytes(10)), expires_at }))
  for (const column of ['guardianship_id', 'pupil_id', 'invitation_id'] as const) {
    const ids = subjects.map(subject => subject[column]).filter(id => id !== undefined)
    for (const some of chunks(ids, 400)) {
      await change
        .write('registration_codes')
        .whereIn(column, some)
        .whereNull('used_at')
        .whereNull('revoked_at')
        .update({ revoked_at: change.at })
    }
  }
  for (const some of chunks(issued, 100)) {
    await change.write('registration_codes').insert(
      some.map(({ code, ...subject }) => ({
        id: newId(),
        code_hash: codeHash(house, code),
        guardianship_id: subject.guardianship_id ?? null,
        pupil_id: subject.pupil_id ?? null,
        invitation_id: subject.invitation_id ?? null,
        created_at: change.at,
        expires_at,
      })),
    )
  }
  return issued
}

export function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}

/** Things that may be remembered for a while but never stored: they live in memory and go with the process. */
export interface ShortMemory<T> {
  keep(owner: string, value: T, name?: string): string
  find(owner: string, name: string): T | undefined
  forget(owner: string, name: string): void
  /** What the owner can still find, oldest first, with the instant at which it is forgotten. */
  list(owner: string): readonly { readonly name: string; readonly value: T; readonly until: number }[]
}

/** Keeps a value for its owner under a random name, or one that the owner knows, for `lasting` milliseconds. */
export function shortMemory<T>(now: () => number, lasting: number): ShortMemory<T> {
  const kept = new Map<string, { value: T; until: number }>()
  const sweep = () => {
    for (const [key, entry] of kept) if (entry.until < now()) kept.delete(key)
  }
  return {
    keep(owner, value, name = newId()) {
      sweep()
      kept.set(`${owner} ${name}`, { value, until: now() + lasting })
      // Whatever happens, or does not, nothing stays in memory for longer.
      setTimeout(sweep, lasting + 1000).unref()
      return name
    },
    find(owner, name) {
      const entry = kept.get(`${owner} ${name}`)
      return entry && entry.until >= now() ? entry.value : undefined
    },
    forget(owner, name) {
      kept.delete(`${owner} ${name}`)
    },
    list(owner) {
      const prefix = `${owner} `
      return [...kept].flatMap(([key, { value, until }]) =>
        key.startsWith(prefix) && until >= now() ? [{ name: key.slice(prefix.length), value, until }] : [],
      )
    },
  }
}
