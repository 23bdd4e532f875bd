import { type Holder, ownShareOpens } from '../audit/opening/period-key.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import { zero } from '../audit/sealing/auditor-key.ts'
import { open, seal } from '../audit/sealing/hpke.ts'
import type { House } from '../house.ts'
import { drillDays, lastShown, refreshAuditorCare } from '../people/auditor-care.ts'
import { type AuditorRow, findAuditor, openAuditorKey } from '../people/auditors.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { passphraseError } from './passphrase-pages.ts'

/** Twice a year each auditor opens a case that is none: so a lost passphrase is found before it matters. */
export const drill = new Pages()

const view = 'auditors/drill'
const aad = Buffer.from('pforte-drill/1')

async function locals(page: Page<Viewer>, auditor: AuditorRow, opened: string | null = null) {
  const last = (await lastShown(page.house)).get(auditor.id)
  const { language } = page.context.state
  return {
    opened,
    last: last === undefined ? null : language.day.full(new Date(last).toISOString().slice(0, 10)),
    drillDays,
  }
}

/** The month of their newest share where that share does not open: it was sealed to another key than theirs. */
async function monthThatStaysClosed({ audit: { reading } }: House, holder: Holder): Promise<string | null> {
  const [newest] = await reading.all<{ id: number; month: string }>(
    `SELECT id, month FROM audit_period JOIN audit_share ON period_id = id
     WHERE auditor_id = ? AND shredded_idx IS NULL ORDER BY id DESC LIMIT 1`,
    holder.auditor,
  )
  if (!newest || (await ownShareOpens(reading, await instanceOf(reading), newest.id, holder))) return null
  return newest.month
}

drill.get('/auditors/drill', { who: auditors, action: 'auditor.drill.show' }, async page => {
  const auditor = (await findAuditor(page.house, page.viewer)) ?? page.throw(403)
  page.render(view, await locals(page, auditor))
})

drill.post('/auditors/drill', { who: auditors, action: 'auditor.drill', fresh: true }, async page => {
  const { house } = page
  const auditor = (await findAuditor(house, page.viewer)) ?? page.throw(403)
  await page.record('try')
  const found = await openAuditorKey(house, auditor, page.form.text('passphrase'))
  if (found.kind !== 'open') return page.refuse(view, await locals(page, auditor), [passphraseError(found)])
  const { pair } = found.holder
  try {
    // Sealed to the public key of the row that the ledger names, as everything is that they will have to open.
    const instance = await instanceOf(house.audit.reading)
    const text = Buffer.from(page.t('auditors.drill.text', { person: auditor.person }))
    const opened = await open(pair, 'pap', instance, aad, await seal(auditor.pub, 'pap', instance, aad, text))
    const month = await monthThatStaysClosed(house, found.holder)
    if (month !== null) {
      house.log.error({ route: '/auditors/drill', auditor: auditor.id, month }, 'an auditor’s share does not open')
      const values = { month: Date.parse(`${month}-15T12:00:00Z`) }
      return page.refuse(view, await locals(page, auditor), [
        { field: 'passphrase', key: 'auditors.drill.share', values },
      ])
    }
    await house.audit.note('drill_passed', { auditor: auditor.id })
    await refreshAuditorCare(house)
    page.render(view, await locals(page, auditor, opened.toString()))
  } finally {
    zero(pair.privateKey)
  }
})
