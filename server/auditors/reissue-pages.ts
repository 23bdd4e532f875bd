import { instanceOf } from '../audit/opening/reading.ts'
import { openSharesToReissue } from '../audit/opening/reissue.ts'
import { zero } from '../audit/sealing/auditor-key.ts'
import { instant } from '../clock.ts'
import { type AuditorRow, findAuditor, listActiveAuditors, openAuditorKey } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors } from '../people/who.ts'
import { ensureDevice } from '../web/device.ts'
import type { FormError } from '../web/form.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { fewest } from './appointment.ts'
import { passphraseError } from './passphrase-pages.ts'
import { beginReissue, findReissue, type Outcome, outcomeOf, sharesMissing } from './reissue.ts'

/** Two auditors hand out new shares of every month, so that those who came later can help to open them, too. */
export const reissue = new Pages()

const view = 'auditors/reissue'

async function self(page: Page<Viewer>): Promise<AuditorRow> {
  return (await findAuditor(page.house, page.viewer)) ?? page.throw(403)
}

const sessionOf = (page: Page<Viewer>): string => page.context.state.session ?? page.throw(403)

/** What changes while two people wait for each other, for the page and for its script. */
async function state(page: Page<Viewer>, own: AuditorRow) {
  const ceremony = findReissue(page.house)
  const running = ceremony !== undefined && !ceremony.over
  const them = (await listActiveAuditors(page.house))
    .filter(one => one.id !== own.id)
    .map(one => ({ person: one.person, presence: ceremony?.presence(one.id) }))
    .find(one => running && one.presence?.here)
  const seated = running && ceremony.sits(own.id, sessionOf(page))
  const { done, of } = ceremony?.progress ?? { done: 0, of: 0 }
  return {
    ceremony,
    other: them?.person ?? null,
    state: {
      state: ceremony?.state === 'committed' ? 'working' : (ceremony?.state ?? 'none'),
      flags: {
        seated,
        'you-open': seated && ceremony.presence(own.id).open,
        'other-here': them !== undefined,
        'other-open': them?.presence?.open === true,
        'other-late': (them?.presence?.unseen ?? 0) > 20_000,
      },
      left: running ? ceremony.left : null,
      done,
      of,
      seen: page.t('cases.opening.seen', { seconds: Math.round((them?.presence?.unseen ?? 0) / 1000) }),
      progress: '',
      other: them?.person ?? page.t('auditors.reissue.nobody'),
    },
  }
}

async function locals(page: Page<Viewer>, own: AuditorRow, typing: boolean) {
  const { house } = page
  const { ceremony, other, state: now } = await state(page, own)
  const left = now.left ?? 0
  const all = await listActiveAuditors(house)
  return {
    sheets: ['audit.css'],
    scripts: now.flags.seated ? ['ceremony.js'] : [],
    // Without a script the page asks anew; the passphrase is typed in a tab that does not.
    refresh: now.flags.seated && !typing ? (now.state === 'working' ? 3 : 15) : null,
    you: own.person,
    other,
    others: all.filter(one => one.id !== own.id).map(one => one.person),
    enough: all.length >= fewest,
    fewest,
    state: now,
    left: `${Math.floor(left / 60_000)}:${String(Math.floor((left % 60_000) / 1000)).padStart(2, '0')}`,
    closes: page.context.state.language.moment.time(instant(house.clock.now() + left)),
    typing,
    ending: ceremony?.ending?.why ?? null,
    outcome: ceremony?.over ? named(page, outcomeOf(ceremony)) : null,
    ...(await sharesMissing(house)),
  }
}

/** The months in words. */
function named(page: Page<Viewer>, outcome: Outcome | undefined) {
  if (!outcome) return null
  const words = (months: readonly string[]) => ({
    count: months.length,
    months: page.context.state.language.list(
      months.map(month => page.t('auditors.reissue.month', { month: Date.parse(`${month}-15T12:00:00Z`) })),
    ),
  })
  return { done: words(outcome.done), left: words(outcome.left), unopened: words(outcome.unopened) }
}

async function refuse(page: Page<Viewer>, own: AuditorRow, error: FormError): Promise<void> {
  page.refuse(view, await locals(page, own, error.field === 'passphrase'), [error])
}

reissue.get('/auditors/reissue', { who: auditors, action: 'auditor.reissue.show' }, async page => {
  const own = await self(page)
  findReissue(page.house)?.seen(own.id, sessionOf(page))
  page.render(view, await locals(page, own, page.query('part') !== null))
})

reissue.post('/auditors/reissue', { who: auditors, action: 'auditor.reissue.come', fresh: true }, async page => {
  const own = await self(page)
  const { house, viewer } = page
  const { id: factor } = page.factor
  // A recovery code shows nobody's device, so it could be the same one twice.
  if (factor === null) return refuse(page, own, { field: 'come', key: 'cases.opening.refused.recovery' })
  if ((await listActiveAuditors(house)).length < fewest)
    return refuse(page, own, { field: 'come', key: 'auditors.reissue.too-few' })
  await page.record('try')
  const seat = {
    auditor: own.id,
    account: viewer.id,
    session: sessionOf(page),
    factor,
    device: ensureDevice(page.context),
  }
  const refused = (await beginReissue(house)).come(seat)
  if (refused)
    return refuse(page, own, {
      field: 'come',
      key: refused === 'stranger' ? 'auditors.reissue.stranger' : `cases.opening.refused.${refused}`,
    })
  page.redirect('/auditors/reissue')
})

// Taking the seat has asked for a fresh second factor, at most ten minutes ago and in this very session.
reissue.post('/auditors/reissue/part', { who: auditors, action: 'auditor.reissue.part' }, async page => {
  const own = await self(page)
  const { house } = page
  const session = sessionOf(page)
  const ceremony = findReissue(house)
  if (ceremony?.state !== 'waiting' || !ceremony.seen(own.id, session) || ceremony.presence(own.id).open)
    return page.redirect('/auditors/reissue')
  await page.record('try')
  const opened = await openAuditorKey(house, own, page.form.text('passphrase'))
  ceremony.seen(own.id, session)
  if (opened.kind !== 'open') return refuse(page, own, passphraseError(opened))
  try {
    const { reading } = house.audit
    ceremony.put(own.id, session, await openSharesToReissue(reading, await instanceOf(reading), opened.holder))
  } finally {
    zero(opened.holder.pair.privateKey)
  }
  page.redirect('/auditors/reissue')
})

reissue.post('/auditors/reissue/presence', { who: auditors, action: 'auditor.reissue.presence' }, async page => {
  const own = await self(page)
  const ceremony = findReissue(page.house)
  ceremony?.seen(own.id, sessionOf(page))
  await ceremony?.look()
  page.context.body = (await state(page, own)).state
})

reissue.post('/auditors/reissue/stop', { who: auditors, action: 'auditor.reissue.stop' }, async page => {
  const own = await self(page)
  const ceremony = findReissue(page.house)
  await page.record('try')
  if (ceremony?.sits(own.id, sessionOf(page))) await ceremony.end('stopped', own.id)
  page.redirect('/auditors/reissue')
})
