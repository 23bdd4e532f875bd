import { instant } from '../clock.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors } from '../people/who.ts'
import { officesIn } from '../web/offices.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { closeCase, mayClose, readRequest } from './closing.ts'
import { checkClosing, lastDay } from './closing-form.ts'
import { isUnprinted, listSentNotices, markSeen, recipientOf, replyIn } from './notices.ts'
import { findOpenReport } from './opened-report.ts'
import { type OwnCase, ownCase, sessionOf } from './pair.ts'
import { refusalOf } from './refusals.ts'
import { daysBetween } from './request-form.ts'

/** The end of a case: its result, who is told, and what they answered. */
export const closing = new Pages()

async function locals(page: Page<Viewer>, own: OwnCase) {
  const { house } = page
  const { day, moment } = page.context.state.language
  const report = findOpenReport(house, sessionOf(page), own)
  const sent = report ? await listSentNotices(page.viewer, own.one.id) : []
  const people = sent.map(notice => recipientOf(house, notice))
  return {
    sheets: ['audit.css'],
    one: own.one,
    latest: day.full(lastDay(house.clock.today())),
    until: own.one.report === 'there' ? moment.full(instant(own.one.until)) : null,
    // Only where the report is open just now: before that nobody may know whom the case is about.
    people: report ? people.filter(one => one.kind !== 'seen') : null,
    seen: people.filter(one => one.kind === 'seen').length,
    readable: own.one.report === 'there' && !report,
  }
}

closing.get('/cases/:id/closing', { who: auditors, action: 'case.closing.show' }, async page => {
  const own = await ownCase(page)
  if (!mayClose(own.one)) return page.redirect(`/cases/${own.one.id}`)
  page.render('cases/closing', await locals(page, own))
})

closing.post('/cases/:id/closing', { who: auditors, action: 'case.close', fresh: true }, async page => {
  const own = await ownCase(page)
  if (!mayClose(own.one)) return page.redirect(`/cases/${own.one.id}`)
  const checked = checkClosing(page.form, page.house.clock.today(), own.one)
  if (!checked.ok) return page.refuse('cases/closing', await locals(page, own), checked.errors)
  const read = await readRequest(page.house, own, page.form.text('passphrase'))
  if ('error' in read) return page.refuse('cases/closing', await locals(page, own), [read.error])
  try {
    await closeCase(page.house, work => page.change(work), own, read.request, checked.input)
  } catch (error) {
    if (refusalOf(error) === 'keys')
      return page.refuse('cases/closing', await locals(page, own), [{ field: '', key: 'cases.refused.keys' }])
    // The other one was quicker.
    page.throw(409)
  }
  page.redirect(`/cases/${own.one.id}/notices`, 'closed')
})

closing.get('/cases/:id/notices', { who: auditors, action: 'case.notices.show' }, async page => {
  const own = await ownCase(page)
  if (own.one.state !== 'closed') return page.redirect(`/cases/${own.one.id}`)
  const { house } = page
  const { day, moment } = page.context.state.language
  const sent = (await listSentNotices(page.viewer, own.one.id)).filter(notice => notice.closed_at !== null)
  const notices = sent.map(notice => {
    const { name, about, address, kind, suspected, handed } = recipientOf(house, notice)
    return {
      ...{
        name,
        about,
        address,
        kind,
        suspected,
        handed,
        way: notice.way,
        told_at: notice.told_at,
        result: notice.result,
      },
      days: daysBetween(notice.from_on, notice.until_on),
      from: day.full(notice.from_on),
      to: day.full(notice.until_on),
      offices: officesIn(page.context.state.language, notice.offices),
      due: notice.due_on && day.full(notice.due_on),
      shredded: notice.shredded_at && moment.full(notice.shredded_at),
      told: notice.told_at && moment.full(notice.told_at),
      reply: replyIn(house, notice),
      replied: notice.replied_at && moment.full(notice.replied_at),
    }
  })
  // What has to be printed stays on the start page until somebody opens it to print.
  const letters = notices.filter(notice => notice.way === 'paper' && notice.told_at !== null)
  const printing = page.query('print') !== null && letters.length > 0
  if (printing || !sent.some(isUnprinted)) await page.change(change => markSeen(change, own.one.id))
  if (printing)
    return page.render('cases/notice-letters', { bare: true, one: own.one, letters, today: house.clock.today() })
  page.render('cases/notices', { sheets: ['audit.css'], one: own.one, notices, letters: letters.length })
})
