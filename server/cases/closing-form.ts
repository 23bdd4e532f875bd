import { type Case, type Result, results } from '../audit/cases.ts'
import { addDays } from '../clock.ts'
import type { Checked, Form, FormError } from '../web/form.ts'
import { readDay } from './request-form.ts'

/** What came of a case, and when the people concerned are told. */
export interface Closing {
  readonly result: Result
  readonly words: string
  readonly deferral: { readonly until: string; readonly reason: string } | null
  /** Accounts that were under suspicion; anybody else concerned has done nothing wrong by being concerned. */
  readonly suspects: readonly string[]
  /** How somebody who asked for their own data got it. */
  readonly handed: Handed | null
}

const ways = ['person', 'post'] as const
export interface Handed {
  readonly how: (typeof ways)[number]
  readonly on: string
}

const shortestWords = 30
const longestWords = 4000
const longestDeferral = 89

/** The last day to which a notice can be put off. */
export const lastDay = (today: string): string => addDays(today, longestDeferral)

export function checkClosing(form: Form, today: string, one: Pick<Case, 'category' | 'exported'>): Checked<Closing> {
  const errors: FormError[] = []
  const access = one.category === 'access'
  const result = results.find(one => one === form.text('result'))
  if (!result) errors.push({ field: 'result', key: 'cases.closing.result.missing' })
  const handed = access && result === 'confirmed' ? checkHanded(form, today, one.exported, errors) : null
  const words = form.text('words').trim()
  if (words.length < shortestWords)
    errors.push({ field: 'words', key: 'cases.closing.words.short', values: { least: shortestWords } })
  if (words.length > longestWords)
    errors.push({ field: 'words', key: 'cases.closing.words.long', values: { most: longestWords } })
  // Whoever asked is told at once.
  const when = access ? 'now' : form.text('when')
  if (when !== 'now' && when !== 'later') errors.push({ field: 'when', key: 'cases.closing.when.missing' })
  const deferral = when === 'later' ? checkDeferral(form, today, errors) : null
  if (form.text('passphrase') === '') errors.push({ field: 'passphrase', key: 'cases.passphrase.missing' })
  if (errors.length > 0 || !result) return { ok: false, errors }
  const suspects = access ? [] : form.all('suspects')
  return { ok: true, input: { result, words, deferral, suspects, handed } }
}

/** Nobody got what was never printed, or on a day that is yet to come. */
function checkHanded(form: Form, today: string, exported: boolean, errors: FormError[]): Handed | null {
  const how = ways.find(one => one === form.text('handed'))
  const on = readDay(form.text('handed_on').trim())
  if (!exported) errors.push({ field: 'result', key: 'cases.closing.handed.print' })
  if (!how) errors.push({ field: 'handed', key: 'cases.closing.handed.missing' })
  if (!on || on > today) errors.push({ field: 'handed_on', key: 'cases.closing.handed.on.missing' })
  return how && on ? { how, on } : null
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
