import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import {
  confirmLoss,
  findOpenLoss,
  listOpenLosses,
  lossDays,
  mayConfirmLoss,
  nameLoss,
  withdrawLoss,
} from './losses.ts'
import type { Viewer } from './viewer.ts'
import { adminOrHead } from './who.ts'

/** The way back for somebody who has lost their second factor and the recovery codes: two people who know them. */
export const losses = new Pages()

async function overview(page: Page<Viewer>) {
  const open = await listOpenLosses(page.viewer, page.house.clock.now())
  page.concerns('account', ...open.slice(0, 60).map(loss => loss.account_id))
  return {
    days: lossDays,
    losses: open.map(loss => ({
      id: loss.id,
      name: loss.name,
      named_by: loss.named_by_name,
      named_at: loss.named_at,
      mine: loss.named_by === page.viewer.id,
      about_me: loss.account_id === page.viewer.id,
    })),
  }
}

losses.get('/factors/losses', { who: adminOrHead, action: 'factor.loss.list', fresh: true }, async page => {
  page.render('people/losses', await overview(page))
})

losses.post('/factors/losses', { who: adminOrHead, action: 'factor.loss.name', fresh: true }, async page => {
  const refuse = async (field: string, key: string) =>
    page.refuse('people/losses', await overview(page), [{ field, key }])
  const login = page.form.text('login')
  if (login.trim() === '') return refuse('login', 'losses.login-missing')
  if (page.form.text('seen') !== 'yes') return refuse('seen', 'losses.see-them')
  const named = await page.change(async change => {
    const outcome = await nameLoss(change, login)
    if ('account' in outcome) page.concerns('account', outcome.account)
    else page.recordAs('denied')
    return outcome
  })
  if ('refused' in named) return refuse('login', `losses.refused-${named.refused}`)
  page.redirect('/factors/losses', 'named')
})

async function thisLoss(viewer: Viewer, page: Page<Viewer>) {
  const loss = (await findOpenLoss(viewer, page.params.id ?? '', page.house.clock.now())) ?? page.throw(404)
  return loss
}

losses.post(
  '/factors/losses/:id/confirmation',
  { who: adminOrHead, action: 'factor.loss.confirm', fresh: true },
  async page => {
    const loss = await thisLoss(page.viewer, page)
    page.concerns('account', loss.account_id)
    const refuse = async (key: string) =>
      page.refuse('people/losses', await overview(page), [{ field: `seen-${loss.id}`, key }])
    if (!mayConfirmLoss(page.viewer, loss)) return refuse('losses.second-person')
    if (page.form.text('seen') !== 'yes') return refuse('losses.see-them')
    await page.change(async change => {
      if (!(await confirmLoss(change, await thisLoss(change, page)))) page.throw(409)
    })
    page.redirect('/factors/losses', 'confirmed')
  },
)

losses.post(
  '/factors/losses/:id/withdrawal',
  { who: adminOrHead, action: 'factor.loss.withdraw', fresh: true },
  async page => {
    const loss = await thisLoss(page.viewer, page)
    page.concerns('account', loss.account_id)
    await page.change(async change => withdrawLoss(change, (await thisLoss(change, page)).id))
    page.redirect('/factors/losses', 'withdrawn')
  },
)
