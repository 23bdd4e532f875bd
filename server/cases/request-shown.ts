import { categories, listCases, openCases } from '../audit/cases.ts'
import { areas } from '../audit/kinds.ts'
import type { AuditorRow } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import { officesIn } from '../web/offices.ts'
import type { Page } from '../web/page.ts'
import { listWaiting } from './disclosures.ts'
import {
  type Choice,
  type Draft,
  daysBetween,
  fewest,
  longestWindow,
  mostSubjects,
  type RequestInput,
} from './request-form.ts'
import { findLetterByNumber, findSubjects, type Subject } from './subjects.ts'

/** Above these the writing thread refuses a request, or the head has to agree to it. */
export const limits = { open: 3, month: 6, days: 30 } as const

const month = limits.days * 86_400_000

/** How many cases are open, and how many were asked for in the last thirty days. */
export async function tallyCases(page: Page<Viewer>): Promise<{ open: number; month: number }> {
  const { audit, clock } = page.house
  const [open, latest] = await Promise.all([openCases(audit), listCases(audit, Number.MAX_SAFE_INTEGER, 50)])
  const since = clock.now() - month
  return { open: open.length, month: latest.filter(one => one.requestedAt > since).length }
}

/** What a draft names, as it exists. */
export async function choiceFor(page: Page<Viewer>, draft: Draft): Promise<Choice> {
  const { viewer, house } = page
  const waiting = await listWaiting(viewer)
  const asked = waiting.find(one => one.id === draft.asker)
  const access = draft.category === 'access'
  const ids = access && asked ? [asked.account_id] : draft.subjects
  const [people, letter] = await Promise.all([
    findSubjects(viewer, ids),
    access || draft.letter === '' ? undefined : findLetterByNumber(viewer, draft.letter),
  ])
  return {
    people: people.filter(one => one.kind !== 'letter'),
    letter,
    waiting,
    today: viewer.today,
    retention: house.config.audit.retentionDays,
  }
}

/** Who somebody is, in a few words that tell them from others of the same name. */
export function aboutSubject(page: Page<Viewer>, { kind, offices, groups }: Subject): string {
  const { t, language } = { t: page.t.bind(page), language: page.context.state.language }
  if (kind === 'letter') return t('cases.subject.letter')
  const classes = language.list(groups)
  if (kind === 'pupil')
    return groups.length > 0 ? t('cases.subject.child', { groups: classes }) : t('cases.subject.former')
  const parts = offices.map(office => t(`staff.office.${office}`))
  if (groups.length > 0) parts.push(t('cases.subject.family', { groups: classes }))
  return parts.length > 0 ? language.list(parts) : t('cases.subject.account')
}

/** The form, with what was found for a name. */
export async function formLocals(
  page: Page<Viewer>,
  draft: Draft,
  choice: Choice,
  found: readonly Subject[] | null,
  more = false,
) {
  const { language } = page.context.state
  const options = [...choice.people, ...(found ?? [])].filter(
    (one, index, all) => all.findIndex(other => other.id === one.id) === index,
  )
  const names = await findSubjects(
    page.viewer,
    choice.waiting.map(one => one.account_id),
  )
  return {
    categories: categories.filter(one => one !== 'access'),
    areas,
    subjects: options.map(one => ({
      value: one.id,
      text: one.name,
      hint: aboutSubject(page, one),
      checked: draft.subjects.includes(one.id),
    })),
    found: found && { count: found.length, more },
    waiting: choice.waiting.map(one => ({
      value: one.id,
      text: names.find(person => person.id === one.account_id)?.name ?? '',
      hint: page.t('cases.new.asked', { moment: language.moment.full(one.asked_at) }),
    })),
    limits: { ...fewest, window: longestWindow, subjects: mostSubjects, ...(await tallyCases(page)) },
    retention: choice.retention,
    ticked: draft.areas,
    values: { ...draft, name: '' },
    sheets: ['audit.css'],
  }
}

/** Everything that is to be frozen, as the person who asks for it has to read it before. */
export async function checkLocals(page: Page<Viewer>, draft: Draft, input: RequestInput, auditor: AuditorRow) {
  return {
    request: {
      category: input.category,
      by: { name: auditor.person, office: officesIn(page.context.state.language, auditor.office) },
      reason: input.reason,
      source: input.source,
      people: [...input.subjects, ...(input.object ? [input.object] : [])].map(one => ({
        name: one.name,
        about: aboutSubject(page, one),
      })),
      from: input.from,
      to: input.to,
      days: daysBetween(input.from, input.to),
      areas: input.areas,
      closed: areas.filter(area => !input.areas.includes(area)),
      asked: input.asked,
      askedAt: input.disclosure?.asked_at ?? null,
      shownOn: input.shownOn,
    },
    hidden: hiddenFields(draft),
    head: (await tallyCases(page)).month >= limits.month,
    sheets: ['audit.css'],
  }
}

/** What was typed, to be sent once more. */
function hiddenFields(draft: Draft): { name: string; value: string }[] {
  const one = ['category', 'reason', 'source', 'letter', 'from', 'to', 'asker', 'shown_on'] as const
  return [
    ...one.map(name => ({ name, value: draft[name] ?? '' })),
    ...draft.subjects.map(value => ({ name: 'subject', value })),
    ...draft.areas.map(value => ({ name: 'areas', value })),
  ]
}
