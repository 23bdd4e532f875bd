import { type Result, results } from '../audit/cases.ts'
import { addDays } from '../clock.ts'
import type { Checked, Form, FormError } from '../web/form.ts'
import { readDay } from './request-form.ts'

/** What came of a case, and when the people concerned are told. */
export interface Closing {
  readonly result: Result
  readonly words: string
  readonly deferral: { readonly until: string; readonly reason: string } | null
}

const shortestWords = 30
const longestWords = 4000
const longestDeferral = 89

/** The last day to which a notice can be put off. */
export const lastDay = (today: string): string => addDays(today, longestDeferral)

export function checkClosing(form: Form, today: string): Checked<Closing> {
  const errors: FormError[] = []
  const result = results.find(one => one === form.text('result'))
  if (!result) errors.push({ field: 'result', key: 'cases.closing.result.missing' })
  const words = form.text('words').trim()
  if (words.length < shortestWords)
    errors.push({ field: 'words', key: 'cases.closing.words.short', values: { least: shortestWords } })
  if (words.length > longestWords)
    errors.push({ field: 'words', key: 'cases.closing.words.long', values: { most: longestWords } })
  const when = form.text('when')
  if (when !== 'now' && when !== 'later') errors.push({ field: 'when', key: 'cases.closing.when.missing' })
  const deferral = when === 'later' ? checkDeferral(form, today, errors) : null
  if (form.text('passphrase') === '') errors.push({ field: 'passphrase', key: 'cases.passphrase.missing' })
  return errors.length > 0 || !result ? { ok: false, errors } : { ok: true, input: { result, words, deferral } }
}

function checkDeferral(form: Form, today: string, errors: FormError[]): { until: string; reason: string } {
  const until = readDay(form.text('until').trim())
  const reason = form.text('reason').trim()
  if (until === null) errors.push({ field: 'until', key: 'cases.closing.until.missing' })
  else if (until <= today) errors.push({ field: 'until', key: 'cases.closing.until.past' })
  else if (until > lastDay(today)) errors.push({ field: 'until', key: 'cases.closing.until.far' })
  if (reason.length < shortestWords)
    errors.push({ field: 'reason', key: 'cases.closing.reason.short', values: { least: shortestWords } })
  if (reason.length > longestWords)
    errors.push({ field: 'reason', key: 'cases.closing.words.long', values: { most: longestWords } })
  return { until: until ?? today, reason }
}
