import type { Language } from '../web/i18n.ts'
import { fullName } from './facts.ts'
import type { ClassOfPupils, Link, Pupil } from './store.ts'

export function shownClass({ id, name, pupils }: ClassOfPupils) {
  return {
    href: `/roll/classes/${id}`,
    name,
    pupils: pupils.length,
    unregistered: pupils.filter(one => !one.reached).length,
  }
}

/** What a code is doing: `invited` by its id says that one is on its way. */
type OpenCodes = ReadonlyMap<string, boolean>

export function shownPupil(language: Language, pupil: Pupil, group: string | null, today: string, codes: OpenCodes) {
  const { day } = language
  return {
    id: pupil.id,
    name: fullName(pupil),
    number: pupil.external_id,
    born_on: pupil.born_on && day.full(pupil.born_on),
    left_on: pupil.left_on && day.full(pupil.left_on),
    left: pupil.left_on !== null && pupil.left_on < today,
    group,
    registered: pupil.account_id !== null,
    code: codes.has(pupil.id) ? { invited: codes.get(pupil.id) === true } : null,
  }
}

/** One guardian of the pupil, with the other children of the same person. */
export function shownLink({ day }: Language, link: Link, others: readonly Link[], codes: OpenCodes) {
  const { guardian } = link
  return {
    id: link.id,
    name: fullName(guardian),
    email: guardian.email,
    phone: guardian.phone,
    address: guardian.address,
    registered: guardian.account_id !== null,
    custody: link.custody,
    may_read: link.may_read === 1,
    may_act: link.may_act === 1,
    from_on: link.from_on,
    until_on: link.until_on,
    from: day.full(link.from_on),
    until: link.until_on && day.full(link.until_on),
    address_block: link.address_block === 1,
    code: codes.has(link.id) ? { invited: codes.get(link.id) === true } : null,
    siblings: others
      .filter(other => other.guardian_id === link.guardian_id && other.pupil_id !== link.pupil_id)
      .map(other => ({
        name: fullName(other.pupil),
        href: `/roll/pupils/${other.pupil_id}`,
      })),
  }
}
