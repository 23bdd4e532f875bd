import type { Viewer } from '../people/viewer.ts'
import { colleagues } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { qrPath } from '../web/qr.ts'
import { checkNote, type NoteVerdict } from './note-check.ts'

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

witnesses.post('/audit/check', { who: colleagues, action: 'audit.note.check' }, async page => {
  const verdict = await checkNote(page.house.audit, page.form.text('note'))
  if (!verdict) return page.refuse('audit/note', { verdict: null }, [{ field: 'note', key: 'audit.note.unreadable' }])
  page.render('audit/note', { verdict: shownVerdict(page.context.state.language, verdict) })
})

witnesses.get('/audit/sheet', { who: colleagues, action: 'audit.sheet.print' }, page => {
  const { audit, clock, config } = page.house
  const { note, origin, size, root, at } = audit.standing
  page.render('audit/sheet', {
    bare: true,
    month: clock.now(),
    today: clock.today(),
    host: new URL(config.origin).host,
    origin,
    size,
    at: instant(at),
    root: root.match(/.{1,4}/g) ?? [],
    note: note.split('\n'),
    qr: qrPath(note),
  })
})
