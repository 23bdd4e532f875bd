import { listDrafts, mayWrite } from '../letters/drafts.ts'
import { listOpenReturns } from '../letters/replies.ts'
import { letterRow, type Row, slipRows } from '../letters/shown.ts'
import { listCurrent, listForStaff } from '../letters/store.ts'
import { auditorsAreSetUp } from '../people/auditor-care.ts'
import type { Viewer } from '../people/viewer.ts'
import { members } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { logRows, toldRows } from './log-rows.ts'
import { adminDesk, listLed, listNewAccounts, officeDesk } from './store.ts'

/** "Das steht an": what each person needs to do, on one page. */
export const home = new Pages()

home.get('/', { who: members, action: 'home.show' }, async page => {
  const { viewer } = page
  page.concerns('pupil', ...viewer.pupils.map(pupil => pupil.id))
  const [forFamily, forStaff, forOffice, forAdmin, log, told] = await Promise.all([
    family(page),
    works(page),
    viewer.holds('office') ? officeDesk(viewer) : null,
    viewer.holds('admin') ? adminDesk(viewer) : null,
    logRows(page),
    toldRows(page),
  ])
  page.render('home/index', {
    today: viewer.today,
    ...forFamily,
    log,
    fresh: [...told, ...forFamily.fresh, ...(forStaff?.received ?? [])].filter(unlessAbove()),
    staff: forStaff,
    office: forOffice,
    admin: forAdmin,
    setup:
      viewer.holds('admin', 'head') && !auditorsAreSetUp(page.house) ? page.house.audit.standing.auditors.length : null,
    quick: [],
    title: page.t('home.index.title'),
  })
})

interface Family {
  readonly due: Row[]
  readonly fresh: Row[]
  readonly children: readonly object[]
  /** The viewer's own class, as a pupil. */
  readonly own: object | null
}

async function family(page: Page<Viewer>): Promise<Family> {
  const { viewer } = page
  if (viewer.pupils.length === 0) return { due: [], fresh: [], children: [], own: null }
  const { language } = page.context.state
  const names = new Map(viewer.pupils.map(pupil => [pupil.id, pupil.given_name]))
  const self = viewer.pupils.find(pupil => pupil.self)
  const nameOf = (pupil: string) => names.get(pupil) ?? ''
  const [{ due, fresh }, accounts] = await Promise.all([listCurrent(viewer), listNewAccounts(viewer)])
  // Answered for one child and open for another: it stands above, once.
  const asked = new Set(due.map(slip => slip.letter_id))
  return {
    due: slipRows(language, due, nameOf, viewer.today),
    fresh: [
      ...accounts.map(one => ({
        href: one.pupil_id === self?.id ? '/account' : '/account/children',
        tagText: null,
        tone: null,
        who: [{ name: nameOf(one.pupil_id), group: viewer.classOf(one.pupil_id).name }],
        meta: language.moment.short(one.registered_at),
        title: page.t(one.pupil_id === self?.id ? 'home.new-account.self' : 'home.new-account'),
        note: page.t('home.new-account.note'),
      })),
      ...slipRows(
        language,
        fresh.filter(slip => !asked.has(slip.letter_id)),
        nameOf,
        viewer.today,
      ),
    ],
    children: viewer.pupils
      .filter(pupil => !pupil.self)
      .map(({ id, name }) => {
        const { name: group, leader } = viewer.classOf(id)
        return { name, group, leader }
      }),
    own: self ? viewer.classOf(self.id) : null,
  }
}

async function works(page: Page<Viewer>) {
  const { viewer } = page
  if (!viewer.holds('teacher', 'office', 'head')) return null
  const [drafts, open, led, received] = await Promise.all([
    listDrafts(viewer),
    listOpenReturns(viewer),
    listLed(viewer),
    listForStaff(viewer),
  ])
  const { language } = page.context.state
  return {
    drafts,
    open,
    led,
    writes: mayWrite(viewer),
    received: received.map(letter => letterRow(language, letter, viewer.today)),
  }
}

/** Lets the first row of each letter through: one may get it as guardian and as staff. */
function unlessAbove(): (row: Row) => boolean {
  const seen = new Set<string>()
  return row => !row.href.startsWith('/letters/') || (!seen.has(row.href) && seen.add(row.href) !== undefined)
}
