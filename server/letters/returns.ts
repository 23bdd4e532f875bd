import type { Viewer } from '../people/viewer.ts'
import type { Addressee } from '../people/visible.ts'
import type { Page } from '../web/page.ts'
import { answersOf, answerText, type Letter } from './letter.ts'
import { listAddressees } from './replies.ts'
import { shownLetter } from './shown.ts'

const fits = {
  all: () => true,
  open: one => one.value === null,
  answered: one => one.value !== null,
  paper: one => one.paper === 1,
  unread: one => one.read_on === null,
  read: one => one.read_on !== null,
  unreached: one => one.reached === 0,
} satisfies Record<string, (one: Addressee) => boolean>

/** What the list can be narrowed to, and its headings: by answers, or by reading where none is asked for. */
const byAnswer = {
  filters: ['all', 'open', 'answered', 'paper', 'unreached'],
  headings: ['open', 'answered'],
} as const
const byReading = { filters: ['all', 'unread', 'read', 'unreached'], headings: ['unread', 'read'] } as const

export const isUnreached = fits.unreached

export function statusOf(one: Addressee): 'unreached' | 'sent' | 'read' | 'answered' {
  if (one.value !== null) return 'answered'
  if (one.read_on !== null) return 'read'
  return one.reached ? 'sent' : 'unreached'
}

/** Which part of the list somebody looks at: by the address, or after a form by its hidden fields. */
function asked(page: Page<Viewer>, name: 'group' | 'filter'): string {
  return page.context.method === 'POST' ? page.form.text(name) : (page.query(name) ?? '')
}

/** The address of the same part of the list. */
export function sameList(page: Page<Viewer>, letter: Letter): string {
  const part = new URLSearchParams()
  const group = letter.audience.find(one => one.group === asked(page, 'group'))
  if (group) part.set('group', group.group)
  const filter = byAnswer.filters.find(name => name === asked(page, 'filter'))
  if (filter && filter !== 'all') part.set('filter', filter)
  return `/letters/${letter.id}/returns${part.size > 0 ? `?${part}` : ''}`
}

/** How a letter stands, child by child. */
export async function returnsLocals(page: Page<Viewer>, letter: Letter) {
  const { language } = page.context.state
  const { filters, headings } = letter.answer === 'none' ? byReading : byAnswer
  const everybody = await listAddressees(page.viewer, letter.id)
  const groups = [...new Map(everybody.map(one => [one.group_id, one.group_name]))]
  const group = groups.find(([id]) => id === asked(page, 'group')) ?? null
  const ofGroup = group ? everybody.filter(one => one.group_id === group[0]) : everybody
  const filter = filters.find(name => name === asked(page, 'filter')) ?? 'all'
  const shown = ofGroup.filter(fits[filter])
  const row = (one: Addressee) => ({
    pupil_id: one.pupil_id,
    name: `${one.family_name}, ${one.given_name}`,
    group: one.group_name,
    status: statusOf(one),
    paper: one.paper === 1,
    answer: one.value === null ? null : answerText(language.t, letter, one.value),
    at: one.replied_at ? language.moment.short(one.replied_at) : one.read_on ? language.day.tag(one.read_on) : null,
  })
  const answers = answersOf(letter.answer, letter.choices)
  const missing = ofGroup.filter(fits.open)
  return {
    letter: shownLetter(language, letter),
    title: letter.title,
    filter,
    filters: filters.map(name => ({ name, count: ofGroup.filter(fits[name]).length })),
    children: ofGroup.length,
    read: ofGroup.filter(fits.read).length,
    unreached: ofGroup.filter(fits.unreached).length,
    /** Whether an answer is still wanted, on the screen or on paper. */
    wanted: letter.answer !== 'none' && letter.withdrawn_at === null,
    group: group && { id: group[0], name: group[1] },
    groups: groups.map(([id, name]) => ({
      id,
      name,
      href: `/letters/${letter.id}/returns?group=${id}&filter=${filter}`,
      current: id === group?.[0],
    })),
    groupsOfRows: headings.flatMap(name => {
      const rows = shown.filter(fits[name]).map(row)
      return rows.length > 0 ? [{ heading: page.t(`letters.returns.filter.${name}`), count: rows.length, rows }] : []
    }),
    tallies: answers.map(value => ({
      text: answerText(language.t, letter, value),
      count: ofGroup.filter(one => one.value === value).length,
    })),
    missing: missing.length,
    online: missing.filter(one => one.reached).length,
    offline: missing.filter(one => !one.reached).length,
    paperFor: page.query('paper'),
    choicesForPaper: answers.map(value => ({ value, text: answerText(language.t, letter, value) })),
  }
}
