import { addDays } from '../clock.ts'
import type { AnswerKind, Part } from '../storage/tables.ts'
import type { Checked, Form, FormError } from '../web/form.ts'
import { answersOf, type Letter } from './letter.ts'

export interface LetterInput {
  readonly title: string
  readonly text: string
  readonly audience: readonly { group: string; part: Part }[]
  readonly answer: AnswerKind
  readonly question: string | null
  readonly choices: readonly string[]
  readonly respond_by: string | null
}

const kinds: readonly AnswerKind[] = ['none', 'acknowledgement', 'yes_no', 'choice']
const parts: readonly Part[] = ['guardians', 'staff', 'pupils']
const longest = { title: 150, text: 20_000, question: 200, choice: 80 } as const

/** A day as a date field sends it (2026-11-25) or as people type it (25.11.2026, 25.11.). */
export function readDay(text: string, today: string): string | null {
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?$/.exec(text.trim())
  const iso = german
    ? `${german[3] ?? today.slice(0, 4)}-${german[2]?.padStart(2, '0')}-${german[1]?.padStart(2, '0')}`
    : text.trim()
  // Temporal would also take times, calendars and years of six digits, which are no school days.
  if (!/^\d{4}-\d{2}-\d{2}$/.test(iso)) return null
  try {
    return Temporal.PlainDate.from(iso, { overflow: 'reject' }).toString()
  } catch {
    return null
  }
}

/** A letter as typed, checked against the groups its author may write to. A draft may lack what only a letter needs. */
export function checkLetter(form: Form, writable: ReadonlySet<string>, today: string): Checked<LetterInput> {
  const errors: FormError[] = []
  const title = form.text('title').trim()
  const text = form.text('text').trim()
  if (title === '') errors.push({ field: 'title', key: 'letters.title-missing' })
  if (title.length > longest.title)
    errors.push({ field: 'title', key: 'letters.title-long', values: { most: longest.title } })
  if (text === '') errors.push({ field: 'text', key: 'letters.text-missing' })
  if (text.length > longest.text)
    errors.push({ field: 'text', key: 'letters.text-long', values: { most: longest.text } })

  const audience = form.all('audience').flatMap(value => {
    const [group = '', part] = value.split(':')
    const known = parts.find(one => one === part)
    return known && writable.has(group) ? [{ group, part: known }] : []
  })
  if (audience.length === 0) errors.push({ field: 'audience', key: 'letters.audience-missing' })
  else if (audience.length < form.all('audience').length)
    errors.push({ field: 'audience', key: 'letters.audience-ended' })

  const answer = kinds.find(kind => kind === form.text('answer')) ?? 'none'
  if (answer !== 'none' && audience.length > 0 && audience.every(({ part }) => part === 'staff'))
    errors.push({ field: 'answer', key: 'letters.answer-nobody' })
  const asks = answer === 'yes_no' || answer === 'choice'
  const question = asks ? form.text('question').trim() : ''
  if (asks && question === '') errors.push({ field: 'question', key: 'letters.question-missing' })
  if (question.length > longest.question)
    errors.push({ field: 'question', key: 'letters.question-long', values: { most: longest.question } })

  const choices =
    answer === 'choice'
      ? form
          .text('choices')
          .split('\n')
          .map(line => line.trim())
          .filter(Boolean)
      : []
  if (answer === 'choice' && (choices.length < 2 || choices.length > 7 || new Set(choices).size < choices.length))
    errors.push({ field: 'choices', key: 'letters.choices-count' })
  if (choices.some(choice => choice.length > longest.choice))
    errors.push({ field: 'choices', key: 'letters.choices-long', values: { most: longest.choice } })

  const typedDay = form.text('respond_by')
  const respond_by = answer === 'none' || typedDay.trim() === '' ? null : readDay(typedDay, today)
  if (answer !== 'none') {
    if (typedDay.trim() === '') errors.push({ field: 'respond_by', key: 'letters.day-missing' })
    else if (respond_by === null) errors.push({ field: 'respond_by', key: 'letters.day-unknown' })
    else if (respond_by < today) errors.push({ field: 'respond_by', key: 'letters.day-past' })
    else if (respond_by > addDays(today, 366)) errors.push({ field: 'respond_by', key: 'letters.day-far' })
  }
  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, input: { title, text, audience, answer, question: question || null, choices, respond_by } }
}

/** The answer on a slip, or undefined where none was chosen or it is not one of this letter's. */
export function checkAnswer(form: Form, letter: Letter): string | undefined {
  return answersOf(letter.answer, letter.choices).find(answer => answer === form.text('value'))
}
