import type { Slip } from '../people/visible.ts'
import type { Language } from '../web/i18n.ts'
import { answerText, audienceText, isOpen, type Letter, unbroken } from './letter.ts'

/** A letter as its views take it. */
export function shownLetter(language: Language, letter: Letter) {
  return {
    ...letter,
    choices: letter.choices.map(unbroken),
    audience: audienceText(language.t, language.list, letter.audience),
  }
}

/** A child's slip as its view takes it. */
export function shownSlip(
  language: Language,
  letter: Letter,
  slip: Slip,
  pupil: { given_name: string; name: string; may_act: boolean; self: boolean },
  editing: boolean,
) {
  const { pupil_id, group_name, value, replied_at, replied_by, paper } = slip
  return {
    pupil_id,
    given_name: pupil.given_name,
    name: pupil.name,
    group: group_name,
    may_act: pupil.may_act,
    self: pupil.self,
    reply:
      value === null
        ? null
        : { value, text: answerText(language.t, letter, value), at: replied_at, by: replied_by, paper: paper === 1 },
    editing,
  }
}

interface Who {
  readonly name: string
  readonly group: string
}

/** One line in a list of letters. */
export interface Row {
  readonly href: string
  readonly tagText: string | null
  readonly tone: 'due' | 'info' | null
  readonly who: readonly Who[]
  readonly meta?: string
  readonly title: string
  readonly note: string
}

/** Lines for slips, one a letter: brothers and sisters stand together on it. */
export function slipRows(
  language: Language,
  slips: readonly Slip[],
  nameOf: (pupil: string) => string,
  today: string,
): Row[] {
  const byLetter = Map.groupBy(slips, slip => slip.letter_id)
  return [...byLetter.values()].map(same => {
    const first = same[0] as Slip
    const due =
      first.answer !== 'none' &&
      same.some(slip => slip.value === null) &&
      (first.respond_by ?? '') >= today &&
      !first.withdrawn_at
    return {
      href: `/letters/${first.letter_id}`,
      tagText: due ? language.t('home.until', { day: language.day.tag(first.respond_by ?? '') }) : null,
      tone: due ? 'due' : null,
      who: same.map(slip => ({ name: nameOf(slip.pupil_id), group: slip.group_name })),
      ...(due ? {} : { meta: language.moment.short(first.published_at) }),
      title: first.title,
      note: language.t(`letters.row.${noteOf(first, same, due)}`),
    }
  })
}

function noteOf(first: Slip, same: readonly Slip[], due: boolean): string {
  if (first.withdrawn_at) return 'withdrawn'
  if (first.answer === 'none') return 'read'
  if (due) return first.answer === 'acknowledgement' ? 'acknowledge' : 'missing'
  return same.every(slip => slip.value !== null) ? 'answered' : 'late'
}

/** A line for a letter that is not about a child: to staff, or one's own. */
export function letterRow(language: Language, letter: Letter, today: string, href = `/letters/${letter.id}`): Row {
  const state = letter.withdrawn_at
    ? 'withdrawn'
    : letter.published_at === null
      ? 'draft'
      : isOpen(letter, today)
        ? 'open'
        : 'closed'
  return {
    href,
    tagText: state === 'draft' ? language.t('letters.row.draft') : null,
    tone: state === 'draft' ? 'info' : null,
    who: [],
    meta: language.moment.short(letter.published_at ?? letter.changed_at),
    title: letter.title,
    note: [
      language.t('letters.row.to', { audience: audienceText(language.t, language.list, letter.audience) }),
      ...(state === 'withdrawn' ? [language.t('letters.row.withdrawn')] : []),
      ...(state === 'open'
        ? [language.t('letters.row.until', { day: language.day.tag(letter.respond_by ?? '') })]
        : []),
    ].join(' · '),
  }
}
