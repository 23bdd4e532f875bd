import { auditorsAreSetUp } from '../people/auditor-care.ts'
import { codeInGroups, type IssuedCode, issueCodes } from '../people/codes.ts'
import type { Viewer } from '../people/viewer.ts'
import { office } from '../people/who.ts'
import type { Texts } from '../web/i18n.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { qrPath } from '../web/qr.ts'
import { type Entitled, listEntitled, listUnreached } from './entitled.ts'
import { fullName } from './facts.ts'
import { classNames, type Link, listRecipients } from './store.ts'

/** Registration codes: made for a class, for everybody or for one person, and printed as letters within the hour. */
export const codes = new Pages()

const lettersOnPage = 100
const mostListed = 300
const hour = 60 * 60_000

interface Choice {
  readonly entitled: readonly Entitled[]
  readonly groups: ReadonlyMap<string, string>
}

async function choice(page: Page<Viewer>): Promise<Choice> {
  const now = new Date(page.house.clock.now()).toISOString()
  return { entitled: await listEntitled(page.viewer, now), groups: await classNames(page.viewer) }
}

/** Letters of the last hour that their maker can still print. */
function printable(page: Page<Viewer>) {
  const now = page.house.clock.now()
  return page.house.codeBatches
    .list(page.viewer.id)
    .filter(({ value }) => value.some(one => !one.invitation_id))
    .map(({ name, value, until }) => ({
      href: `/roll/codes/${name}`,
      count: value.length,
      minutes: Math.max(1, Math.floor((until - now) / 60_000)),
      at: page.context.state.language.moment.short(new Date(until - hour).toISOString()),
    }))
    .reverse()
}

async function choiceLocals(page: Page<Viewer>, { entitled, groups }: Choice) {
  const unreached = await listUnreached(page.viewer, entitled)
  const collator = new Intl.Collator('de', { numeric: true })
  const classes = Map.groupBy(entitled, one => groups.get(one.pupil.id) ?? '')
  const count = (list: readonly Entitled[]) => ({
    all: list.length,
    uninvited: list.filter(one => !one.invited).length,
  })
  return {
    printable: printable(page),
    usable: auditorsAreSetUp(page.house),
    unreached: {
      count: unreached.length,
      shown: unreached.slice(0, mostListed),
      more: Math.max(0, unreached.length - mostListed),
    },
    total: count(entitled),
    classes: [...classes]
      .map(([name, list]) => ({
        value: `class:${name}`,
        text: name || page.t('roll.preview.no-class'),
        ...count(list),
      }))
      .sort((a, b) => collator.compare(a.text, b.text)),
  }
}

codes.get('/roll/codes', { who: office, action: 'roll.list' }, async page =>
  page.render('roll/codes', await choiceLocals(page, await choice(page))),
)

codes.post('/roll/codes', { who: office, action: 'roll.code.issue', fresh: true }, async page => {
  const { entitled, groups } = await choice(page)
  const scope = page.form.text('scope')
  const [kind, value = ''] = scope.split(/:(.*)/s)
  const again = page.form.text('which') === 'again'
  const chosen = entitled.filter(one => {
    if (kind === 'guardianship') return one.subject.guardianship_id === value
    if (kind === 'pupil') return one.subject.pupil_id === value
    const fits = kind === 'all' || (kind === 'class' && (groups.get(one.pupil.id) ?? '') === value)
    return fits && (again || !one.invited)
  })
  if (chosen.length === 0) {
    const key = scope === '' ? 'roll.codes.choose' : 'roll.codes.nobody'
    return page.refuse('roll/codes', await choiceLocals(page, { entitled, groups }), [{ field: 'scope', key }])
  }
  page.detail('count', chosen.length)
  if (chosen.length === 1) page.concerns('pupil', ...chosen.map(one => one.pupil.id))
  const issued = await page.change(change =>
    issueCodes(
      change,
      page.house,
      chosen.map(one => one.subject),
    ),
  )
  page.redirect(`/roll/codes/${page.house.codeBatches.keep(page.viewer.id, issued)}`)
})

codes.get('/roll/codes/:batch', { who: office, action: 'roll.code.print' }, async page => {
  const batch = page.params.batch ?? ''
  const issued = page.house.codeBatches.find(page.viewer.id, batch)
  if (!issued) return page.render('roll/codes-gone')
  page.concerns('code-batch', batch)
  page.detail('count', issued.length)
  const ordered = await inOrder(page.viewer, issued)
  const pages = Math.max(1, Math.ceil(ordered.length / lettersOnPage))
  const current = Math.min(pages, Math.max(1, Number.parseInt(page.query('page') ?? '1', 10) || 1))
  const { texts, config } = page.house
  const shown = ordered.slice((current - 1) * lettersOnPage, current * lettersOnPage)
  page.render('roll/code-letters', {
    letters: shown.map(one => letter(one, config.origin, texts, page.viewer.today)),
    count: ordered.length,
    pages: Array.from({ length: pages }, (_, index) => ({
      href: `/roll/codes/${batch}?page=${index + 1}`,
      text: `${index * lettersOnPage + 1}–${Math.min(ordered.length, (index + 1) * lettersOnPage)}`,
      current: index + 1 === current,
    })),
    usable: auditorsAreSetUp(page.house),
    host: new URL(config.origin).host,
    german: texts.language('de').t,
    english: texts.language('en').t,
    bare: true,
  })
})

interface Addressed {
  readonly issued: IssuedCode
  readonly guardian: Link['guardian'] | null
  readonly pupil: Link['pupil']
  readonly group: string
}

/** For whom the codes are, in the order in which letters are handed out: by class, then by the child's name. */
async function inOrder(viewer: Viewer, issued: readonly IssuedCode[]): Promise<Addressed[]> {
  const { links, pupils, classes } = await listRecipients(viewer, issued)
  const { compare } = new Intl.Collator('de', { numeric: true })
  return issued
    .flatMap(one => {
      const link = links.get(one.guardianship_id ?? '')
      const pupil = link?.pupil ?? pupils.get(one.pupil_id ?? '')
      return pupil ? [{ issued: one, guardian: link?.guardian ?? null, pupil, group: classes.get(pupil.id) ?? '' }] : []
    })
    .sort(
      (a, b) =>
        compare(a.group, b.group) ||
        compare(a.pupil.family_name, b.pupil.family_name) ||
        compare(a.pupil.given_name, b.pupil.given_name),
    )
}

function letter({ issued, guardian, pupil, group }: Addressed, origin: string, texts: Texts, today: string) {
  const last = issued.expires_at.slice(0, 10)
  return {
    recipient: fullName(guardian ?? pupil),
    lines: (guardian?.address ?? '').split(/,\s*/).filter(line => line !== ''),
    child: guardian ? fullName(pupil) : null,
    group,
    code: codeInGroups(issued.code),
    qr: qrPath(`${origin}/register#code=${issued.code}`),
    expires: texts.language('de').day.full(last),
    expires_en: texts.language('en').day.full(last),
    today: texts.language('de').day.full(today),
  }
}
