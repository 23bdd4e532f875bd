import { instant } from '../clock.ts'
import { auditorHealth, drillDays, lastShown } from '../people/auditor-care.ts'
import { findAuditor } from '../people/auditors.ts'
import { mayDecide, maySuspend, readBench } from '../people/suspensions.ts'
import type { Viewer } from '../people/viewer.ts'
import type { FormError } from '../web/form.ts'
import { officesIn } from '../web/offices.ts'
import type { Page } from '../web/page.ts'
import { fewest, lapseDays, lastDayOf, mayAppoint, mayConfirm, most } from './appointment.ts'
import { findOwnInvitation, listAppointable, listInvitations, listSuspensions } from './store.ts'

/** When each auditor was enrolled, in milliseconds since 1970. */
async function enrolledAt(page: Page<Viewer>): Promise<ReadonlyMap<number, number>> {
  const rows = await page.house.audit.reading.all<{ id: number; at: number }>(
    `SELECT id, body ->> 't' AS at FROM audit_auditor JOIN audit_ledger ON idx = enrolled_idx
     WHERE state = 'active' AND json_valid(body)`,
  )
  return new Map(rows.map(({ id, at }) => [id, at]))
}

/** Whether this person can propose or agree while there are too few auditors. */
function founds(person: { readonly offices: string }): boolean {
  return (JSON.parse(person.offices) as string[]).some(office => office === 'admin' || office === 'head')
}

/** The page about the auditors, for whoever looks: everybody sees who they are, staff how they are doing. */
export async function auditorsLocals(page: Page<Viewer>) {
  const { house, viewer } = page
  const { language } = page.context.state
  const works = viewer.offices.size > 0
  const [bench, since, shown, { overdue, healthy }] = await Promise.all([
    readBench(house),
    enrolledAt(page),
    lastShown(house),
    auditorHealth(house),
  ])
  const { acting, enrolled, founding } = bench
  const appoints = mayAppoint(viewer, bench)
  const speaks = viewer.holds('admin', 'head', 'auditor')
  const [invitations, suspensions, own, people] = await Promise.all([
    speaks ? listInvitations(viewer) : [],
    speaks ? listSuspensions(viewer) : [],
    findOwnInvitation(viewer),
    appoints ? listAppointable(viewer) : [],
  ])
  const day = (ms: number | undefined) => (ms === undefined ? null : language.day.full(instant(ms).slice(0, 10)))
  const busy = new Set([viewer.id, ...[...enrolled, ...invitations].map(one => one.account_id)])
  return {
    auditors: acting.map(one => ({
      id: one.id,
      person: one.person,
      office: officesIn(language, one.office),
      trained: language.day.full(one.trained_on),
      since: day(since.get(one.id)),
      self: one.account_id === viewer.id,
      shown: works ? day(shown.get(one.id)) : null,
      overdue: works && overdue.some(late => late.id === one.id),
    })),
    works,
    fewest,
    missing: Math.max(0, fewest - enrolled.length),
    healthy,
    founding,
    drillDays,
    invitations: invitations.map(one => ({
      id: one.id,
      person: one.person,
      trained: language.day.full(one.trained_on),
      invited: one.invited_name,
      confirmed: one.confirmed_name,
      until: language.day.full(lastDayOf(one)),
      mayConfirm: mayConfirm(viewer, one, bench),
      mayWithdraw: appoints || one.invited_by === viewer.id,
    })),
    own: own
      ? { invited: own.invited_name, confirmed: own.confirmed_name ?? '', until: language.day.full(lastDayOf(own)) }
      : null,
    speaks,
    appoints,
    // One proposes, another agrees, and neither for themselves.
    alone: appoints && founding && people.filter(founds).length < 2,
    lapseDays,
    full: enrolled.length + invitations.length >= most,
    people: people
      .filter(one => !busy.has(one.id))
      .map(one => ({
        value: one.id,
        text: `${one.name} (${officesIn(language, (JSON.parse(one.offices) as string[]).join(', '))})`,
      })),
    auditor: (await findAuditor(house, viewer)) !== undefined,
    // Whom nobody has suspended yet, in office today or not: their shares are there.
    suspendable: speaks
      ? enrolled
          .filter(one => !suspensions.some(({ auditor }) => auditor === one.id))
          .map(({ id, person, account_id }) => ({ id, person, may: maySuspend(bench, account_id) }))
      : [],
    suspensions: suspensions
      .filter(({ auditor }) => enrolled.some(one => one.id === auditor))
      .map(one => ({
        id: one.auditor,
        person: one.person,
        begun: one.begun_name,
        day: language.day.full(one.begun_at.slice(0, 10)),
        left: enrolled.length - 1,
        decides: mayDecide(viewer, one, bench),
      })),
    today: viewer.today,
  }
}

/** The same page, with what is wrong at its place. */
export async function refuseOnList(page: Page<Viewer>, ...errors: FormError[]): Promise<void> {
  page.refuse('auditors/index', await auditorsLocals(page), errors)
}
