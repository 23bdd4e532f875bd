import { type Category, categories } from '../audit/cases.ts'
import { type Area, areas } from '../audit/kinds.ts'
import { addDays } from '../clock.ts'
import type { Checked, Form, FormError } from '../web/form.ts'
import type { Disclosure } from './disclosures.ts'
import type { Subject } from './subjects.ts'

/** A request as it is being written; nothing of it is stored before it is sealed. */
export interface Draft {
  readonly category: Category | null
  readonly reason: string
  readonly source: string
  readonly subjects: readonly string[]
  readonly letter: string
  readonly from: string
  readonly to: string
  readonly areas: readonly Area[]
  /** Who asks for what is recorded about them: the id of what they asked in the portal, or `paper`. */
  readonly asker: string
  readonly shown_on: string
}

export interface RequestInput {
  readonly category: Category
  readonly reason: string
  readonly source: string
  readonly subjects: readonly Subject[]
  readonly object: Subject | null
  /** School days, both included. */
  readonly from: string
  readonly to: string
  readonly areas: readonly Area[]
  readonly asked: 'portal' | 'paper' | null
  /** What the person asked in the portal. */
  readonly disclosure: Disclosure | null
  /** The day on which somebody showed who they are. */
  readonly shownOn: string | null
}

/** What there is to choose from, and the days within which a request has to stay. */
export interface Choice {
  readonly people: readonly Subject[]
  readonly letter: Subject | undefined
  readonly waiting: readonly Disclosure[]
  readonly today: string
  readonly retention: number
}

export const longestWindow = 31
export const mostSubjects = 5
export const fewest = { reason: 80, source: 10 } as const
const longest = { reason: 4000, source: 500 } as const

export function readDraft(form: Form): Draft {
  const line = (name: string) => form.text(name).trim()
  return {
    category: categories.find(one => one === line('category')) ?? null,
    reason: line('reason'),
    source: line('source'),
    subjects: [...new Set(form.all('subject'))].slice(0, 50),
    letter: line('letter'),
    from: line('from'),
    to: line('to'),
    areas: areas.filter(one => form.all('areas').includes(one)),
    asker: line('asker'),
    shown_on: line('shown_on'),
  }
}

/** The request as typed, checked against what exists. */
export function checkRequest(draft: Draft, choice: Choice): Checked<RequestInput> {
  if (draft.category === 'access') return checkAccess(draft, choice)
  const errors: FormError[] = []
  if (!draft.category) errors.push({ field: 'category', key: 'cases.category-missing' })
  for (const field of ['reason', 'source'] as const) {
    const { length } = draft[field]
    if (length < fewest[field])
      errors.push({ field, key: `cases.${field}-short`, values: { least: fewest[field], count: length } })
    if (length > longest[field]) errors.push({ field, key: 'cases.too-long', values: { most: longest[field] } })
  }
  errors.push(...aboutProblems(draft, choice))
  const from = readDay(draft.from)
  const to = readDay(draft.to)
  errors.push(...windowProblems(from, to, choice))
  if (draft.areas.length === 0) errors.push({ field: 'areas', key: 'cases.areas-missing' })
  if (errors.length > 0 || !draft.category || !from || !to) return { ok: false, errors }
  return {
    ok: true,
    input: {
      category: draft.category,
      reason: draft.reason,
      source: draft.source,
      subjects: choice.people.filter(one => one.kind === 'account'),
      object: choice.people.find(one => one.kind === 'pupil') ?? choice.letter ?? null,
      ...{ from, to, areas: draft.areas, asked: null, disclosure: null, shownOn: null },
    },
  }
}

/** Up to five accounts, or one child, or one letter. */
function aboutProblems(draft: Draft, { people, letter }: Choice): FormError[] {
  const accounts = people.filter(one => one.kind === 'account').length
  const children = people.filter(one => one.kind === 'pupil').length
  if (draft.letter !== '' && !letter) return [{ field: 'letter', key: 'cases.letter-unknown' }]
  if (accounts + children === 0 && !letter) return [{ field: 'name', key: 'cases.about-missing' }]
  if ([accounts, children, letter ? 1 : 0].filter(count => count > 0).length > 1)
    return [{ field: 'subject', key: 'cases.about-mixed' }]
  if (accounts > mostSubjects) return [{ field: 'subject', key: 'cases.about-many', values: { most: mostSubjects } }]
  return children > 1 ? [{ field: 'subject', key: 'cases.about-children' }] : []
}

function windowProblems(from: string | null, to: string | null, { today, retention }: Choice): FormError[] {
  const errors: FormError[] = []
  const oldest = addDays(today, -retention)
  if (!from) errors.push({ field: 'from', key: 'cases.day-missing' })
  else if (from < oldest) errors.push({ field: 'from', key: 'cases.from-old', values: { retention } })
  if (!to) errors.push({ field: 'to', key: 'cases.day-missing' })
  else if (to > today) errors.push({ field: 'to', key: 'cases.to-future' })
  if (!from || !to || errors.length > 0) return errors
  if (to < from) return [{ field: 'to', key: 'cases.to-before' }]
  return daysBetween(from, to) > longestWindow
    ? [{ field: 'to', key: 'cases.window-long', values: { most: longestWindow, count: daysBetween(from, to) } }]
    : []
}

/** Only about the person who asks, and then everything that there is. */
function checkAccess(draft: Draft, { people, waiting, today, retention }: Choice): Checked<RequestInput> {
  const errors: FormError[] = []
  const paper = draft.asker === 'paper'
  const disclosure = waiting.find(one => one.id === draft.asker) ?? null
  if (!paper && !disclosure) errors.push({ field: 'asker', key: 'cases.asker-missing' })
  const accounts = people.filter(one => one.kind === 'account')
  const subjects = disclosure ? accounts.filter(one => one.id === disclosure.account_id) : accounts
  if (paper && (accounts.length !== 1 || people.length !== 1)) errors.push({ field: 'name', key: 'cases.asker-one' })
  const shownOn = paper ? readDay(draft.shown_on) : null
  if (paper && (!shownOn || shownOn > today)) errors.push({ field: 'shown_on', key: 'cases.shown-on-missing' })
  if (errors.length > 0) return { ok: false, errors }
  return {
    ok: true,
    input: {
      category: 'access',
      ...{ reason: '', source: '', subjects, object: null, disclosure, shownOn },
      from: addDays(today, -retention),
      to: today,
      areas: [...areas],
      asked: paper ? 'paper' : 'portal',
    },
  }
}

/** How many days, both included. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000) + 1
}

/** A day as a date field sends it (2026-11-25) or as people type it (25.11.2026, 25/11/2026). */
export function readDay(text: string): string | null {
  const typed = /^(\d{1,2})[./]\s?(\d{1,2})[./]\s?(\d{4})$/.exec(text)
  const iso = typed ? `${typed[3]}-${typed[2]?.padStart(2, '0')}-${typed[1]?.padStart(2, '0')}` : text
  if (!/^\d{4}-\d{2}-\d{2}$/.test(iso)) return null
  try {
    return Temporal.PlainDate.from(iso, { overflow: 'reject' }).toString()
  } catch {
    return null
  }
}
