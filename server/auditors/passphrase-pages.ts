import { zero } from '../audit/sealing/auditor-key.ts'
import { refreshAuditorCare } from '../people/auditor-care.ts'
import {
  type AuditorRow,
  findAuditor,
  type NotOpened,
  openAuditorKey,
  opensPrepared,
  wrapUnder,
} from '../people/auditors.ts'
import { makePassphrase } from '../people/passphrase.ts'
import type { Viewer } from '../people/viewer.ts'
import { auditors } from '../people/who.ts'
import type { FormError } from '../web/form.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { showSheet } from './sheet.ts'

/** Another passphrase for the same key, and what to do when one is lost. */
export const passphrase = new Pages()

const view = 'auditors/passphrase'
const kept = 'passphrase'

function locals(page: Page<Viewer>) {
  const typing = Boolean(page.house.preparedKeys.find(page.viewer.id, kept))
  return { sheets: ['audit.css'], typing, gone: !typing && page.query('step') === 'type' }
}

function refuse(page: Page<Viewer>, error: FormError): void {
  page.refuse(view, locals(page), [error])
}

/** What was wrong with the passphrase; `differs` where it has just been made. */
export function passphraseError(refused: NotOpened, wrong: 'wrong' | 'differs' = 'wrong'): FormError {
  const field = 'passphrase'
  if (refused.kind === 'empty') return { field, key: 'cases.passphrase.missing' }
  if (refused.kind === 'wrong') return { field, key: `auditors.passphrase.${wrong}` }
  return { field, key: 'auditors.passphrase.wait', values: { minutes: Math.ceil(refused.seconds / 60) } }
}

passphrase.get('/auditors/passphrase', { who: auditors, action: 'auditor.passphrase.show' }, async page => {
  if (!(await findAuditor(page.house, page.viewer))) return page.throw(403)
  page.render(view, locals(page))
})

passphrase.post('/auditors/passphrase', { who: auditors, action: 'auditor.passphrase', fresh: true }, async page => {
  const auditor = (await findAuditor(page.house, page.viewer)) ?? page.throw(403)
  return page.form.text('step') === 'type' ? type(page, auditor) : make(page, auditor)
})

async function make(page: Page<Viewer>, auditor: AuditorRow): Promise<void> {
  page.detail('step', 'make')
  const { house, viewer } = page
  await page.record('try')
  const opened = await openAuditorKey(house, auditor, page.form.text('passphrase'))
  if (opened.kind !== 'open') return refuse(page, passphraseError(opened))
  const { pair } = opened.holder
  const words = makePassphrase()
  try {
    house.preparedKeys.keep(viewer.id, { ...auditor, ...(await wrapUnder(words, auditor.id, pair)) }, kept)
  } finally {
    zero(pair.privateKey)
  }
  showSheet(page, words, '/auditors/passphrase?step=type')
}

async function type(page: Page<Viewer>, auditor: AuditorRow): Promise<void> {
  page.detail('step', 'type')
  const { house, viewer } = page
  const row = house.preparedKeys.find(viewer.id, kept)
  if (!row || row.id !== auditor.id) return refuse(page, { field: 'passphrase', key: 'auditors.passphrase.forgotten' })
  const checked = await opensPrepared(house, row, page.form.text('passphrase'))
  if (checked.kind !== 'right') return refuse(page, passphraseError(checked, 'differs'))
  house.preparedKeys.keep(viewer.id, null, kept)
  await page.record('try')
  const { wrapped, nonce, salt, kdf } = row
  await house.audit.appoint({ step: 'passphrase', auditor: auditor.id, wrapped, nonce, salt, kdf })
  await refreshAuditorCare(house)
  page.redirect('/auditors', 'passphrase')
}
