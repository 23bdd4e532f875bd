import { listToConfirm, listToDecide } from '../auditors/desk.ts'
import { findOwnInvitation } from '../auditors/store.ts'
import { caseRows, noticeRows } from '../cases/desk.ts'
import { addDays } from '../clock.ts'
import type { Row } from '../letters/shown.ts'
import { lossesFor } from '../people/losses.ts'
import { freshDays, type Viewer } from '../people/viewer.ts'
import type { Page } from '../web/page.ts'

const plain = { tagText: null, tone: null, who: [], meta: '', note: '' } as const

/** What the audit log asks of whoever looks after it. */
export async function logRows(page: Page<Viewer>): Promise<Row[]> {
  const { house, viewer } = page
  if (viewer.offices.size === 0) return []
  const { moment } = page.context.state.language
  const [rows, invitation, proposals, suspensions, losses] = await Promise.all([
    caseRows(house, viewer),
    findOwnInvitation(viewer),
    listToConfirm(house, viewer),
    listToDecide(house, viewer),
    lossesFor(viewer, house.clock.now()),
  ])
  return [
    ...losses.map(({ name }) => ({ ...plain, href: '/factors/losses', title: page.t('home.log.loss', { name }) })),
    ...(invitation ? [{ ...plain, href: '/auditors/enrolment', title: page.t('home.log.enrolment') }] : []),
    ...proposals.map(({ id, person, invited_name }) => ({
      ...plain,
      href: `/auditors#invitation-${id}`,
      title: page.t('home.log.proposal', { person, invited: invited_name }),
    })),
    ...suspensions.map(({ auditor, person, begun_name }) => ({
      ...plain,
      href: `/auditors#auditor-${auditor}`,
      title: page.t('home.log.suspension', { person, begun: begun_name }),
    })),
    ...rows.map(({ href, key, values, until }) => ({
      ...plain,
      href,
      title: page.t(key, values),
      tagText: until === null ? null : page.t('cases.until', { moment: moment.short(new Date(until).toISOString()) }),
      tone: until === null ? null : ('due' as const),
    })),
  ]
}

/** Closed cases that concerned the viewer, until they have read what they were told. */
export async function toldRows(page: Page<Viewer>): Promise<Row[]> {
  const notices = await noticeRows(page.viewer, addDays(page.viewer.today, -freshDays))
  const unread = notices.filter(one => !one.read)
  return unread.map(({ id, no, told_at }) => ({
    ...plain,
    href: `/openings/${id}`,
    title: page.t('home.told', { no }),
    meta: page.context.state.language.moment.short(told_at),
    note: page.t('home.told.note'),
  }))
}
