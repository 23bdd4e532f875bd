import type { Viewer } from '../people/viewer.ts'
import { caseReaders, colleagues } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { qrPath } from '../web/qr.ts'
import { alarmsIn, checkedAt } from './alarm.ts'
import { proveConsistency } from './consistency.ts'
import { checkNotes, longestText, type NoteVerdict } from './note-check.ts'

/** The log's state on paper, and whether a state that somebody kept is still part of the log. */
export const witnesses = new Pages()

const instant = (ms: number): string => new Date(ms).toISOString()

function shownVerdict({ moment }: Page<Viewer>['context']['state']['language'], verdict: NoteVerdict) {
  const { found, origin, size, present, at, restoredAt, lostFrom } = verdict
  return {
    found,
    values: {
      origin,
      size,
      present,
      at: at === null ? '' : moment.full(instant(at)),
      restored: restoredAt === null ? '' : moment.full(instant(restoredAt)),
      from: lostFrom ?? 0,
      to: size - 1,
    },
  }
}

/** Each check reads the ledger from its beginning, so there is one at a time in a house. */
const checking = new WeakSet<object>()

witnesses.post('/audit/check', { who: colleagues, action: 'audit.note.check' }, async page => {
  const { audit } = page.house
  const text = page.form.text('note')
  const refuse = (key: string) => page.refuse('audit/note', { verdicts: [] }, [{ field: 'note', key }])
  if (text.length > longestText) return refuse('audit.note.long')
  if (checking.has(audit)) return refuse('audit.note.busy')
  checking.add(audit)
  const verdicts = await checkNotes(audit, text).finally(() => checking.delete(audit))
  if (verdicts.length === 0) return refuse('audit.note.unreadable')
  const { language } = page.context.state
  page.render('audit/note', {
    verdicts: verdicts.map(verdict => shownVerdict(language, verdict)),
    values: { note: text },
  })
})

witnesses.get('/audit/sheet', { who: colleagues, action: 'audit.sheet.print' }, page => {
  const { audit, clock, config } = page.house
  const { note, origin, size, root, at, verified, differed, restore } = audit.standing
  const { moment } = page.context.state.language
  const late = verified !== null && checkedAt(verified.at, clock.now()).late
  const values = {
    ...(restore && { at: moment.full(instant(restore.at)), lost: restore.lost }),
    ...(differed && { differed: moment.full(instant(differed.at)) }),
  }
  page.render('audit/sheet', {
    bare: true,
    month: clock.now(),
    today: clock.today(),
    host: new URL(config.origin).host,
    origin,
    size,
    verified: verified && { ok: verified.ok, at: instant(verified.at) },
    alarms: [...alarmsIn(audit.standing), ...(late ? ['late'] : [])].map(alarm => ({ alarm, values })),
    at: instant(at),
    root: root.match(/.{1,4}/g) ?? [],
    note: note.split('\n'),
    qr: qrPath(note),
  })
})

/** For the browser of whoever watches: it keeps the last note and asks whether the ledger only grew since. */
witnesses.get('/audit/consistency', { who: caseReaders, action: 'audit.consistency' }, async page => {
  const asked = page.query('from') ?? ''
  const from = /^\d{1,12}$/.test(asked) ? Number(asked) : page.throw(404)
  const before = page.query('at') ?? ''
  page.context.type = 'json'
  page.context.body = JSON.stringify({
    ...(await proveConsistency(page.house.audit, from)),
    // The browser's own clock and zone may be others than the school's.
    now: instant(page.house.clock.now()),
    when:
      /^20\d\d-[01]\d-\d\dT/.test(before) && Date.parse(before) ? page.context.state.language.moment.full(before) : '',
  })
})
