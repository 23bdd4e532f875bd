import { type Case, caseEntries, lockEntries } from '../audit/cases.ts'
import type { Entry } from '../audit/formats/entries.ts'
import { areas } from '../audit/kinds.ts'
import type { OpenedCase } from '../house.ts'
import { type AuditorRow, findAuditor } from '../people/auditors.ts'
import { bearsLock, mayLockOver } from '../people/locks.ts'
import type { Viewer } from '../people/viewer.ts'
import { officesIn } from '../web/offices.ts'
import type { Page } from '../web/page.ts'
import { findEndorsement } from './endorsements.ts'
import { marksOf } from './marks.ts'
import { listSentNotices } from './notices.ts'
import { daysBetween } from './request-form.ts'
import { aboutSubject, tallyCases } from './request-shown.ts'
import { fewestWords } from './review-form.ts'
import { type Bar, barFrom } from './rules.ts'
import { findSubjects } from './subjects.ts'

const hour = 3_600_000
const instant = (ms: number): string => new Date(ms).toISOString()

/** What somebody is to a case. `possible` may be its second person; `other` is an auditor without a part in it. */
export type Role = 'requester' | 'reviewer' | 'possible' | 'other' | 'outside'

export interface Standing {
  readonly role: Role
  readonly bar: Bar | null
  readonly auditor: AuditorRow | undefined
}

export async function standingOf(page: Page<Viewer>, one: Case): Promise<Standing> {
  const auditor = await findAuditor(page.house, page.viewer)
  if (!auditor) return { role: 'outside', bar: null, auditor }
  if (one.requester === auditor.id) return { role: 'requester', bar: 'requester', auditor }
  if (one.reviewer === auditor.id) return { role: 'reviewer', bar: null, auditor }
  const bar = one.state === 'requested' ? await barFrom(page.house, auditor, one) : null
  return { role: one.state === 'requested' && !bar ? 'possible' : 'other', bar, auditor }
}

interface Person {
  readonly id: number
  readonly person: string
  readonly office: string
}

/** Everybody who is or was an auditor, by number. */
export async function auditorNames(page: Page<Viewer>): Promise<ReadonlyMap<number, Person>> {
  const rows = await page.house.audit.reading.all<Person>('SELECT id, person, office FROM audit_auditor')
  const { language } = page.context.state
  return new Map(rows.map(row => [row.id, { ...row, office: officesIn(language, row.office) }]))
}

/** The papers that this session has opened, while they may be kept in memory. */
export function openedIn(page: Page<Viewer>, id: number): OpenedCase | undefined {
  return page.house.openedCases.find(readerOf(page), String(id))
}

/** Whose memory it is. A session that proves its second factor gets a new name, but keeps the token of its forms. */
export function readerOf(page: Page<Viewer>): string {
  return `${page.viewer.id} ${page.session?.csrf ?? ''}`
}

const ended: readonly Case['state'][] = ['denied', 'expired', 'cancelled', 'closed']

export async function caseLocals(page: Page<Viewer>, one: Case, standing: Standing) {
  const { viewer, house } = page
  const { role, bar } = standing
  const names = await auditorNames(page)
  const entries = await caseEntries(house.audit, one.id)
  const found = ['requester', 'reviewer', 'possible'].includes(role) ? openedIn(page, one.id) : undefined
  // What was opened before the end lacks it.
  const written = entries.some(entry => entry.k === 'lookup_closed')
  const opened = written && found?.result === null ? undefined : found
  const party = role === 'requester' || role === 'reviewer'
  const late = one.until <= house.clock.now()
  const waiting = ['requested', 'approved'].includes(one.state)
  return {
    case: {
      ...{ id: one.id, no: one.no, category: one.category, state: one.state, head: one.head },
      requester: names.get(one.requester),
      reviewer: one.reviewer === null ? null : names.get(one.reviewer),
      requestedAt: instant(one.requestedAt),
      until: ended.includes(one.state) || one.report === 'shredded' ? null : instant(one.until),
      hours: one.to - one.from + 1,
      window: windowOf(page, one),
      result: one.result,
      report: one.report,
    },
    role,
    bar,
    late,
    situation: waiting && late ? 'expired' : situationOf(one, role),
    opened: opened && (await openedLocals(page, opened)),
    mayRead: party || role === 'possible',
    decides: role === 'possible' && !late,
    endorses: viewer.holds('head') && one.head === 'needed' && waiting && !party,
    endorsement: one.head === 'given' ? await findEndorsement(viewer, one.id) : undefined,
    cancels: (role === 'requester' && waiting) || (party && one.state === 'approved'),
    opens: party && one.state === 'approved' && one.head !== 'needed',
    reads: party && one.report === 'there',
    // Whoever has to do something now is shown that first.
    first: party && ['approved', 'executed', 'closed'].includes(one.state),
    closes: party && one.state === 'executed',
    sent: party && one.state === 'closed',
    locks: party && bearsLock(one, ['executed', 'confirmed']) && (await mayLockOver(house, one, null, [viewer.id])),
    tally: await tallyCases(page),
    fewestWords,
    timeline: await timelineOf(page, one, entries, names),
    title: page.t('cases.show.heading', { no: one.no }),
    sheets: ['audit.css'],
  }
}

/** The days that the hours of a case lie in, the last one perhaps in part. */
function windowOf(page: Page<Viewer>, { from, to }: Case) {
  const { day, moment } = page.context.state.language
  const [first, last] = [moment.day(instant(from * hour)), moment.day(instant((to + 1) * hour - 1))]
  return { days: daysBetween(first, last), from: day.full(first), to: day.full(last) }
}

/** Which sentences the page says: by the state, and by whether one has a part in it. */
function situationOf(one: Case, role: Role): string {
  if (one.state === 'requested') return `requested.${role === 'requester' || role === 'possible' ? role : 'other'}`
  if (one.state === 'approved' || one.state === 'executed')
    return `${one.state}.${role === 'requester' || role === 'reviewer' ? 'party' : 'other'}`
  return one.state
}

/** The request as its readers see it. */
async function openedLocals(page: Page<Viewer>, { request, review, result, typed }: OpenedCase) {
  const own = marksOf(page)
  const about = [...request.subjects, ...(request.object ? [request.object] : [])]
  const today = await findSubjects(
    page.viewer,
    about.map(one => one.id),
  )
  const same = (['device', 'factor'] as const).filter(mark => own[mark] !== null && own[mark] === request.made?.[mark])
  return {
    request: {
      ...request,
      people: about.map(({ id, name, kind }) => {
        const known = today.find(one => one.id === id)
        return { name, about: known ? aboutSubject(page, known) : page.t(`cases.subject.kind.${kind}`) }
      }),
      days: daysBetween(request.from, request.to),
      closed: areas.filter(area => !request.areas.includes(area)),
    },
    review,
    result,
    typed,
    same,
  }
}

/** The newest first; that somebody has replied is only for the two who are answered. */
async function timelineOf(
  page: Page<Viewer>,
  one: Case,
  entries: readonly Entry[],
  names: ReadonlyMap<number, Person>,
) {
  const { language } = page.context.state
  const { audit } = page.house
  const told = [...entries, ...(await lockEntries(audit, entries))].map(entry => {
    const by = Object.entries(entry).find(([name]) => ['auditor', 'requester', 'reviewer'].includes(name))
    const actor = entry.k === 'lookup_approved' || entry.k === 'lookup_denied' ? one.reviewer : by?.[1]
    return {
      at: instant(entry.t),
      key: `cases.line.${entry.k}`,
      person: typeof actor === 'number' ? (names.get(actor)?.person ?? null) : null,
    }
  })
  const replies = (await listSentNotices(page.viewer, one.id)).flatMap(({ replied_at }) =>
    replied_at === null ? [] : [{ at: replied_at, key: 'cases.line.replied', person: null }],
  )
  return [...told, ...replies]
    .filter(({ key }) => language.has(key))
    .reverse()
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
}
