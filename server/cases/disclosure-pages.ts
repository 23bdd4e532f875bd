import { members } from '../people/who.ts'
import { Pages } from '../web/pages.ts'
import { askForDisclosure, listOwnDisclosures } from './disclosures.ts'
import { listNotices } from './notices.ts'

/** What is recorded about somebody, and how they ask to see it. */
export const disclosing = new Pages()

disclosing.get('/account/record', { who: members, action: 'account.record' }, async page => {
  const own = await listOwnDisclosures(page.viewer)
  const told = (await listNotices(page.viewer)).filter(one => one.category === 'access').reverse()
  page.concerns('account', page.viewer.id)
  page.render('cases/disclosure', {
    // Which case it became nobody has stored: what came of it is the first that the person was told afterwards.
    own: own.map(one => ({
      ...one,
      end: told.find(notice => one.taken_at !== null && notice.told_at !== null && notice.told_at > one.taken_at),
    })),
    waiting: own.some(one => one.taken_at === null),
    retention: page.house.config.audit.retentionDays,
    sheets: ['audit.css'],
  })
})

disclosing.post('/account/record', { who: members, action: 'account.record.ask' }, async page => {
  page.concerns('account', page.viewer.id)
  await page.change(askForDisclosure)
  page.redirect('/account/record', 'asked')
})
