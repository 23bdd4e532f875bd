import type { CaseReview } from '../audit/opening/papers.ts'
import type { Checked, Form, FormError } from '../web/form.ts'

export const ticks = ['necessary', 'milder', 'unbiased'] as const
export const fewestWords = 30
const mostWords = 2000

/** A decision as typed. To approve takes all three ticks; to deny takes only words. */
export function checkReview(form: Form): Checked<CaseReview> {
  const errors: FormError[] = []
  const decision = (['approve', 'deny'] as const).find(one => one === form.text('decision'))
  const ticked = ticks.filter(one => form.all('ticks').includes(one))
  const words = form.text('words').trim()
  if (!decision) errors.push({ field: 'decision', key: 'cases.decision-missing' })
  if (decision === 'approve' && ticked.length < ticks.length)
    errors.push({ field: 'ticks', key: 'cases.ticks-missing' })
  errors.push(...wordsProblems(words))
  if (!decision || errors.length > 0) return { ok: false, errors }
  return { ok: true, input: { decision, words, ticks: ticked } }
}

export function wordsProblems(words: string): FormError[] {
  if (words.length < fewestWords)
    return [{ field: 'words', key: 'cases.words-short', values: { least: fewestWords, count: words.length } }]
  return words.length > mostWords ? [{ field: 'words', key: 'cases.too-long', values: { most: mostWords } }] : []
}
