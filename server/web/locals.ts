import { alarmIn } from '../audit/alarm.ts'
import { auditorAlarm } from '../people/auditor-care.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Context } from './context.ts'
import { formToken } from './csrf.ts'
import { themeCookie } from './language.ts'
import { renderMarkdown } from './markdown.ts'
import { proofLocals } from './proof-locals.ts'
import type { Locals } from './render.ts'

/** One entry of the main navigation. */
export interface NavigationEntry {
  readonly key: string
  readonly href: string
  /** Other addresses that belong to this entry. */
  readonly also?: readonly string[]
  readonly shownTo: (viewer: Viewer) => boolean
}

/** What the layout and every view can rely on. */
export function pageLocals(context: Context, viewer: Viewer | null, view: string): Locals {
  const { house, language } = context.state
  const { t, day, moment, list } = language
  const ok = typeof context.query.ok === 'string' ? `${view.replaceAll('/', '.')}.ok.${context.query.ok}` : null
  return {
    t,
    day,
    moment,
    list,
    lang: language.code,
    dir: language.dir,
    title: t(`${view.replaceAll('/', '.')}.title`),
    me: viewer && {
      name: viewer.name,
      staff: viewer.holds('teacher', 'office', 'head'),
      guardian: viewer.pupils.some(pupil => !pupil.self),
      pupil: viewer.pupils.some(pupil => pupil.self),
      works: viewer.offices.size > 0,
      office: viewer.holds('office'),
      admin: viewer.holds('admin'),
      head: viewer.holds('head'),
      auditor: viewer.holds('auditor'),
      observer: viewer.holds('observer'),
    },
    nav: viewer ? navigation(context, viewer) : [],
    school: house.school.current,
    demo: house.school.current.demo,
    alarm: viewer && viewer.offices.size > 0 && context.path !== '/audit' ? alarmIn(house.audit.standing) : null,
    care: care(context, viewer),
    csrf: formToken(context),
    // Where a form was sent there may be no page to come back to.
    proof: proofLocals(context, viewer?.factors ?? []),
    path: context.method === 'GET' ? context.path : '/',
    theme: viewer?.theme ?? context.cookies.get(themeCookie, { signed: false }) ?? 'system',
    asset: house.asset,
    markdown: renderMarkdown,
    notice: ok !== null && language.has(ok) ? t(ok) : null,
    ok: ok === null ? null : context.query.ok,
    errors: [],
    values: {},
    bare: false,
  }
}

/** To everybody who works here: that auditors are missing; loudest to those who can do something about it. */
function care(context: Context, viewer: Viewer | null): Locals | null {
  const { house, language } = context.state
  const alarm = viewer && viewer.offices.size > 0 && context.path !== '/auditors' ? auditorAlarm(house) : null
  if (!alarm) return null
  return {
    text: language.t(`auditors.banner.${alarm}`, { healthy: house.auditorCare.current.healthy }),
    loud: viewer?.holds('admin', 'auditor') === true,
  }
}

function navigation(context: Context, viewer: Viewer): Locals[] {
  return context.state.house.navigation
    .filter(entry => entry.shownTo(viewer))
    .map(({ key, href, also = [] }) => ({
      key,
      href,
      text: context.state.language.t(`nav.${key}`),
      current: [href, ...also].some(own => context.path === own || (own !== '/' && context.path.startsWith(`${own}/`))),
    }))
}
