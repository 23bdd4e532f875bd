import { type Action, type Area, areas, type Concern, kinds } from '../audit/kinds.ts'
import { endOf } from '../audit/lines.ts'
import type { Report, ReportRecord } from '../audit/opening/report.ts'
import { instant } from '../clock.ts'
import type { Language } from '../web/i18n.ts'
import { caseName } from './names.ts'
import { daysBetween } from './request-form.ts'

const onePage = 100
const hour = 3_600_000

/** What somebody chose to see of a report. `person` is a place in the list of people: no id stands in an address. */
export interface Choice {
  readonly area: string | null
  readonly person: number | null
  readonly page: number
}

export function choiceFrom(query: (name: string) => string | null): Choice {
  const number = (name: string) => {
    const value = query(name)
    return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : null
  }
  return { area: query('area'), person: number('person'), page: Math.max(1, number('page') ?? 1) }
}

const areaOf = (record: ReportRecord): Area | null =>
  Object.hasOwn(kinds, record.kind) ? kinds[record.kind as Action].area : null

const accountsIn = (record: ReportRecord): string[] => [
  ...(record.actor === null ? [] : [record.actor]),
  ...record.concerns.filter(([kind]) => kind === 'account').map(([, id]) => id),
]

/** What the report says of the log itself, the worst of it first: one key of the catalogue. */
export function verdictOf({ segments, gaps }: Report): { key: string; tone: 'ok' | 'due' | 'error'; count: number } {
  const count = (...verdicts: string[]) => segments.filter(one => verdicts.includes(one.verdict)).length
  const faults = count('changed', 'gap')
  if (faults > 0) return { key: 'changed', tone: 'error', count: faults }
  const locked = count('locked')
  if (locked > 0) return { key: 'locked', tone: 'due', count: locked }
  if (gaps.hours.length > 0) return { key: 'silent', tone: 'due', count: gaps.hours.length }
  const pruned = count('pruned')
  if (pruned > 0) return { key: 'pruned', tone: 'due', count: pruned }
  return { key: 'intact', tone: 'ok', count: segments.length }
}

/** The parts of a report that is not about records: what it was asked, how far it can be relied on. */
export function summaryOf({ t, moment, day, list }: Language, report: Report) {
  const { request } = report
  const span = ([from, to]: readonly [number, number]) => ({
    from: moment.full(instant(from * hour)),
    to: moment.full(instant(endOf(to))),
  })
  const about = [...request.subjects, ...(request.object ? [request.object] : [])].map(one => one.name)
  return {
    verdict: verdictOf(report),
    about: list(about),
    window: t('cases.report.window', {
      days: daysBetween(request.from, request.to),
      from: day.full(request.from),
      to: day.full(request.to),
    }),
    areas: list(request.areas.map(area => t(`audit.kinds.area.${area}`))),
    made: moment.full(instant(report.madeAt)),
    counts: report.counts,
    cut: report.cut,
    unproved: unprovedIn(report),
    began: report.gaps.began && moment.full(instant(report.gaps.began)),
    gaps: report.gaps.hours.map(span),
    doubts: report.doubts.map(doubt => ({
      why: doubt.why,
      at: moment.full(instant(doubt.from)),
      before: moment.full(instant(doubt.before)),
      after: moment.full(instant(doubt.after)),
    })),
  }
}

/** How many records lie in a segment that was still open: the ledger has no line for it yet, so nothing proves them here. */
function unprovedIn({ records, proofs }: Report): number {
  const proved = new Set(proofs.segments.map(({ id }) => id))
  return records.filter(({ seg }) => !proved.has(seg)).length
}

/** The records that were chosen, a page of them or all, by day and in words; their times to the second. */
export function recordsShown(language: Language, report: Report, choice: Choice, all = false) {
  const { t, moment } = language
  const marks = sessionMarks(report)
  const shown = (record: ReportRecord) => shownRecord(language, report, record, marks)
  const present = new Set(report.records.map(areaOf))
  const people = peopleIn(report)
  const person = choice.person === null ? undefined : people[choice.person]
  const chosen = report.records.filter(
    record =>
      (choice.area === null || areaOf(record) === choice.area) && (!person || accountsIn(record).includes(person.id)),
  )
  const total = all ? 1 : Math.max(1, Math.ceil(chosen.length / onePage))
  const current = all ? 1 : Math.min(choice.page, total)
  const some = all ? chosen : chosen.slice((current - 1) * onePage, current * onePage)
  const days: { day: string; records: ReturnType<typeof shownRecord>[] }[] = []
  for (const record of some) {
    const day = moment.day(instant(record.at))
    const last = days.at(-1)
    if (last?.day === day) last.records.push(shown(record))
    else days.push({ day, records: [shown(record)] })
  }
  return {
    days,
    found: chosen.length,
    filters: {
      areas: areas
        .filter(area => present.has(area))
        .map(area => ({ value: area, text: t(`audit.kinds.area.${area}`) })),
      people: people.map(({ name }, index) => ({ value: index, text: name })),
    },
    page: { current, total },
  }
}

function peopleIn(report: Report): { id: string; name: string }[] {
  const ids = new Set(report.records.flatMap(accountsIn))
  return [...ids]
    .map(id => ({ id, name: report.names[id] ?? id }))
    .sort((a, b) => a.name.localeCompare(b.name, 'de') || (a.id < b.id ? -1 : 1))
}

/** A letter for each sign-in, the same all through the report: two of them may be two devices. */
function sessionMarks({ records }: Report): ReadonlyMap<string, string> {
  const sessions = [...new Set(records.map(record => record.session))].filter(session => session !== '')
  return new Map(sessions.map((session, index) => [session, letters(index)]))
}

/** A to Z, then AA. */
const letters = (index: number): string =>
  (index < 26 ? '' : letters(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26))

/** What a record is about, where that has no name of its own. */
function concernName({ t }: Language, { names }: Report, kind: Concern, id: string): string {
  if (kind === 'case') return t('cases.number', { no: names[caseName(id)] ?? id })
  if (kind === 'lock') return t('locks.number', { number: Number(id) })
  const named = names[id]
  if (named) return named
  if (kind === 'account' || kind === 'pupil') return t('cases.report.unknown', { id })
  return t(`cases.report.kind.${kind}`)
}

function shownRecord(language: Language, report: Report, record: ReportRecord, marks: ReadonlyMap<string, string>) {
  const { t, list, moment } = language
  const concerned = record.concerns
    .filter(([, id]) => id !== record.actor)
    .map(([kind, id]) => concernName(language, report, kind, id))
  return {
    time: moment.exact(instant(record.at)),
    what: Object.hasOwn(kinds, record.kind) ? t(`audit.kind.${record.kind}`) : record.kind,
    who:
      record.actor === null
        ? t(`cases.report.${record.address === '' ? 'house' : 'nobody'}`)
        : concernName(language, report, 'account', record.actor),
    concerned: concerned.length > 0 ? list([...new Set(concerned)]) : '',
    outcome: record.outcome,
    address: record.address,
    session: marks.get(record.session) ?? null,
    place: `${record.seg}/${record.i}`,
  }
}
