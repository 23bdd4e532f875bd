import type { Viewer } from '../people/viewer.ts'
import { members } from '../people/who.ts'
import { officesIn } from '../web/offices.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { findNotice, markRead, type Notice, recipientOf, replyIn, replyToNotice } from './notices.ts'
import { daysBetween } from './request-form.ts'

/** What a person is told about a closed case that concerned them, and their right to answer. */
export const notices = new Pages()

const longestReply = 4000

async function ownNotice(page: Page<Viewer>): Promise<Notice> {
  return (await findNotice(page.viewer, page.params.id ?? '')) ?? page.throw(404)
}

function locals(page: Page<Viewer>, notice: Notice) {
  const { house } = page
  const { day, moment } = page.context.state.language
  const { kind, about, suspected, handed } = recipientOf(house, notice)
  return {
    sheets: ['audit.css'],
    told: notice,
    offices: officesIn(page.context.state.language, notice.offices),
    kind,
    about,
    suspected,
    handed,
    days: daysBetween(notice.from_on, notice.until_on),
    from: day.full(notice.from_on),
    to: day.full(notice.until_on),
    closed: moment.full(notice.closed_at),
    shredded: notice.shredded_at && moment.full(notice.shredded_at),
    reply: replyIn(house, notice),
    replied: notice.replied_at && moment.full(notice.replied_at),
  }
}

notices.get('/openings/:id', { who: members, action: 'opening.notice.show' }, async page => {
  const notice = await ownNotice(page)
  page.concerns('case', String(notice.case_id))
  if (notice.read_at === null) await page.change(change => markRead(change, notice))
  page.render('cases/notice', locals(page, notice))
})

notices.post('/openings/:id/reply', { who: members, action: 'opening.notice.reply' }, async page => {
  const notice = await ownNotice(page)
  page.concerns('case', String(notice.case_id))
  const text = page.form.text('text').trim()
  const refuse = (key: string) =>
    page.refuse('cases/notice', locals(page, notice), [{ field: 'text', key, values: { most: longestReply } }])
  if (text === '') return refuse('cases.notice.reply.empty')
  if (text.length > longestReply) return refuse('cases.notice.reply.long')
  const sent = await page.change(change => replyToNotice(page.house, change, notice, text))
  // Sent twice, or in another window: the first one stands, and what was typed now is not lost.
  if (!sent && replyIn(page.house, await ownNotice(page)) !== text) return refuse('cases.notice.reply.twice')
  page.redirect(`/openings/${notice.id}`, 'replied')
})
