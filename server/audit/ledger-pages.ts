import type { Viewer } from '../people/viewer.ts'
import { admin, auditors, colleagues } from '../people/who.ts'
import type { Language } from '../web/i18n.ts'
import { officesIn } from '../web/offices.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { qrPath } from '../web/qr.ts'
import { checkedAt, problemIn } from './alarm.ts'
import { type Day, listDays } from './days.ts'
import { isAgain, listAuditors, type Words } from './lines.ts'
import { seeWitness } from './witness.ts'
import { witnesses } from './witness-pages.ts'

/** The ledger in plain words for everybody who works here, and what it asks of admins and auditors. */
export const ledger = new Pages()

ledger.include(witnesses)

const hour = 3_600_000
/** So old may the page be on which somebody read the time that they now confirm. */
const longestGlance = hour / 6
/** Deleting goes on when its page no longer waits. */
const longestWait = 3_000

const instant = (ms: number): string => new Date(ms).toISOString()

/** How the log stands, and what somebody has to see to. */
export async function stateLocals(page: Page<Viewer>) {
  const { audit, clock, config } = page.house
  const { note, origin, size, root, at, verified, differed, restore, pruneRefused, doubt, readable } = audit.standing
  const people = await listAuditors(audit)
  const own = people.find(one => one.account_id === page.viewer.id)
  const witness = await seeWitness(audit, config, clock.today())
  const seen = restore?.acknowledged ?? []
  return {
    state: { note, size, root: root.slice(0, 8), at: instant(at), qr: qrPath(note), again: isAgain(origin) },
    verified: verified && { ...verified, at: instant(verified.at), ...checkedAt(verified.at, clock.now()) },
    differed: differed && { at: instant(differed.at), drilled: differed.drilled.length },
    restore: restore && {
      at: instant(restore.at),
      lost: restore.lost,
      seen: people.filter(one => seen.includes(one.id)).map(one => one.person),
      asked: own !== undefined && page.viewer.holds('auditor') && !seen.includes(own.id),
    },
    doubt,
    clock: { shown: clock.now(), at: instant(clock.now()) },
    pruning: pruneRefused && { ...pruneRefused, at: instant(pruneRefused.at) },
    readable,
    people: people.map(({ person, office }) => ({ person, office: officesIn(page.context.state.language, office) })),
    retention: config.audit.retentionDays,
    witness: witness && { ...witness, problem: problemIn(witness, clock.today()) },
  }
}

async function ledgerLocals(page: Page<Viewer>) {
  const { language } = page.context.state
  const asked = Number(page.query('before') ?? Number.NaN)
  const before = Number.isSafeInteger(asked) && asked > 0 ? asked : Number.MAX_SAFE_INTEGER
  const { days, next } = await listDays(page.house.audit, before, ms => language.moment.day(instant(ms)))
  return {
    ...(await stateLocals(page)),
    days: days.map(day => shownDay(language, day)),
    older: next === null ? null : `/audit?before=${next}#lines`,
    newest: before === Number.MAX_SAFE_INTEGER,
  }
}

function say({ t, moment }: Language, { key, values, moments }: Words): string {
  const times = Object.entries(moments).map(([name, ms]) => [name, moment.full(instant(ms))])
  return t(key, { ...values, ...Object.fromEntries(times) })
}

const tones: Readonly<Record<string, string>> = {
  auditor_differs: 'error',
  restore_detected: 'error',
  verify_failed: 'error',
  prune_refused: 'info',
  segment_recovered: 'info',
}

function shownDay(language: Language, { day, pieces }: Day) {
  return {
    day,
    pieces: pieces.map(({ lines, words }) => ({
      text: say(language, words),
      tone: lines.map(line => (line.kind === null ? 'error' : tones[line.kind])).find(tone => tone) ?? null,
      lines: lines.map(line => ({
        number: line.idx,
        time: line.kind === null ? '–' : language.moment.time(instant(line.at)),
        text: say(language, line.words),
      })),
    })),
  }
}

ledger.get('/audit', { who: colleagues, action: 'audit.ledger.show' }, async page =>
  page.render('audit/ledger', await ledgerLocals(page)),
)

ledger.post('/audit/clock', { who: admin, action: 'audit.clock.confirm', fresh: true }, async page => {
  const { audit, clock } = page.house
  if (audit.standing.doubt === 'none') return page.redirect('/audit')
  const shown = Number(page.form.text('shown') || Number.NaN)
  if (!(Math.abs(clock.now() - shown) < longestGlance))
    return page.refuse('audit/ledger', await ledgerLocals(page), [{ field: 'clock', key: 'audit.ledger.clock.old' }])
  await page.record('try')
  await audit.note('clock_confirmed', { by: 'admin' })
  page.redirect('/audit', 'clock')
})

ledger.post('/audit/restore', { who: auditors, action: 'audit.restore.acknowledge', fresh: true }, async page => {
  const { audit } = page.house
  // The office alone does not make an auditor: the ledger has to know them, too.
  const own = (await listAuditors(audit)).find(one => one.account_id === page.viewer.id) ?? page.throw(403)
  const { restore } = audit.standing
  if (!restore || restore.acknowledged.includes(own.id)) return page.redirect('/audit')
  await page.record('try')
  await audit.note('restore_acknowledged', { auditor: own.id })
  page.redirect('/audit', 'seen')
})

ledger.post('/audit/pruning', { who: admin, action: 'audit.pruning.confirm', fresh: true }, async page => {
  const { audit, log } = page.house
  const { pruneRefused, doubt } = audit.standing
  if (!pruneRefused) return page.redirect('/audit')
  if (doubt !== 'none') page.throw(409)
  if (page.form.text('due').replace(/[\s.,]/g, '') !== String(pruneRefused.due))
    return page.refuse('audit/ledger', await ledgerLocals(page), [{ field: 'due', key: 'audit.ledger.pruning.other' }])
  await page.record('try')
  const done = audit.prune(pruneRefused.due).catch((error: Error) => {
    log.error({ route: '/audit/pruning', kind: error.constructor.name }, 'deleting failed')
    throw error
  })
  const soon = await Promise.race([done, new Promise<null>(resolve => setTimeout(resolve, longestWait, null).unref())])
  // Time goes on while somebody reads: what they confirmed may be another number by now.
  if (soon?.refused)
    return page.refuse('audit/ledger', await ledgerLocals(page), [
      { field: 'due', key: 'audit.ledger.pruning.changed' },
    ])
  page.redirect('/audit', 'pruning')
})
