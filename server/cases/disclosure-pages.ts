import { members } from '../people/who.ts'
import { Pages } from '../web/pages.ts'
import { askForDisclosure, listOwnDisclosures } from './disclosures.ts'

/** What is recorded about somebody, and how they ask to see it. */
export const disclosing = new Pages()

disclosing.get('/account/record', { who: members, action: 'account.record' }, async page => {
  const own = await listOwnDisclosures(page.viewer)
  page.concerns('account', page.viewer.id)
  page.render('cases/disclosure', {
    own,
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
