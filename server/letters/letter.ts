import type { AnswerKind, GroupKind, Part, Tables } from '../storage/tables.ts'

export interface AudiencePart {
  readonly group: string
  readonly name: string
  readonly kind: GroupKind
  readonly part: Part
}

/** A letter as pages use it; `author` is a name, `audience` the parts of groups it goes to. */
export interface Letter extends Omit<Tables['letters'], 'choices'> {
  readonly author: string
  readonly audience: readonly AudiencePart[]
  readonly choices: readonly string[]
}

/** Whether answers are taken today: the last day counts whole. */
export function isOpen(
  letter: Pick<Letter, 'published_at' | 'withdrawn_at' | 'answer' | 'respond_by'>,
  today: string,
): boolean {
  return (
    letter.published_at !== null &&
    letter.withdrawn_at === null &&
    letter.answer !== 'none' &&
    letter.respond_by !== null &&
    letter.respond_by >= today
  )
}

/** Who runs a letter: its author, and whoever leads a group it goes to, each seeing the own group's children. */
export function runs(viewer: { id: string; leads: readonly string[] }, letter: Letter): boolean {
  return isAuthor(viewer, letter) || letter.audience.some(({ group }) => viewer.leads.includes(group))
}

export function isAuthor(viewer: { id: string }, letter: Letter): boolean {
  return viewer.id === letter.author_id
}

/** What may be answered: `read` for an acknowledgement, `yes`, `no`, or the number of a choice. */
export function answersOf(answer: AnswerKind, choices: readonly string[]): readonly string[] {
  switch (answer) {
    case 'acknowledgement':
      return ['read']
    case 'yes_no':
      return ['yes', 'no']
    case 'choice':
      return choices.map((_, index) => String(index))
    case 'none':
      return []
  }
}

type Translate = (key: string, values?: Record<string, string | number>) => string

/** An answer in words. */
export function answerText(t: Translate, letter: Pick<Letter, 'choices'>, value: string): string {
  if (value === 'read' || value === 'yes' || value === 'no') return t(`letters.answer.${value}`)
  return unbroken(letter.choices[Number(value)] ?? value)
}

/** Keeps a price together with its currency. */
export function unbroken(choice: string): string {
  return choice.replace(/(?<=\d) (?=€|Euro\b)/g, '\u00a0')
}

/** "an die Eltern der 5b", with at most a few groups by name. */
export function audienceText(
  t: Translate,
  list: (names: readonly string[]) => string,
  audience: readonly AudiencePart[],
): string {
  const most = 4
  const parts = (['guardians', 'staff', 'pupils'] as const).flatMap(part => {
    const names = audience.filter(entry => entry.part === part).map(entry => entry.name)
    names.sort((a, b) => a.localeCompare(b, 'de', { numeric: true }))
    if (names.length === 0) return []
    const shown =
      names.length <= most
        ? list(names)
        : t('letters.audience.more', { names: names.slice(0, most).join(', '), count: names.length - most })
    return [t(`letters.audience.${part}`, { groups: shown, count: names.length })]
  })
  return list(parts)
}
