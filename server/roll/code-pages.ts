import { codeInGroups, type IssuedCode, issueCodes } from '../people/codes.ts'
import type { Viewer } from '../people/viewer.ts'
import { office } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { qrPath } from './qr.ts'
import { classNames, type Entitled, listEntitled, listRecipients } from './store.ts'

/** Registration codes: made for a class, for everybody or for one person, and printed as letters within the hour. */
export const codes = new Pages()

const lettersOnPage = 100

interface Choice {
  readonly entitled: readonly Entitled[]
  readonly groups: ReadonlyMap<string, string>
}

async function choice(page: Page<Viewer>): Promise<Choice> {
  const now = new Date(page.house.clock.now()).toISOString()
  return { entitled: await listEntitled(page.viewer, now), groups: await classNames(page.viewer) }
}

function choiceLocals(page: Page<Viewer>, { entitled, groups }: Choice) {
  const collator = new Intl.Collator('de', { numeric: true })
  const classes = Map.groupBy(entitled, one => groups.get(one.pupil.id) ?? '')
  const count = (list: readonly Entitled[]) => ({
    all: list.length,
    uninvited: list.filter(one => !one.invited).length,
  })
  return {
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
  page.render('roll/codes', choiceLocals(page, await choice(page))),
)

codes.post('/roll/codes', { who: office, action: 'roll.code.issue' }, async page => {
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
    return page.refuse('roll/codes', choiceLocals(page, { entitled, groups }), [{ field: 'scope', key }])
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
  const letters = await letterList(page, issued)
  const pages = Math.max(1, Math.ceil(letters.length / lettersOnPage))
  const current = Math.min(pages, Math.max(1, Number.parseInt(page.query('page') ?? '1', 10) || 1))
  const { texts } = page.house
  page.render('roll/code-letters', {
    letters: letters.slice((current - 1) * lettersOnPage, current * lettersOnPage),
    count: letters.length,
    pages: Array.from({ length: pages }, (_, index) => ({
      href: `/roll/codes/${batch}?page=${index + 1}`,
      text: `${index * lettersOnPage + 1}–${Math.min(letters.length, (index + 1) * lettersOnPage)}`,
      current: index + 1 === current,
    })),
    host: new URL(page.house.config.origin).host,
    german: texts.language('de').t,
    english: texts.language('en').t,
    bare: true,
  })
})

/** One letter for each code, in the order in which they are handed out: by class, then by the child's name. */
async function letterList(page: Page<Viewer>, issued: readonly IssuedCode[]) {
  const { links, pupils, classes } = await listRecipients(page.viewer, issued)
  const { origin } = page.house.config
  const { language } = page.context.state
  const collator = new Intl.Collator('de', { numeric: true })
  return issued
    .flatMap(one => {
      const link = links.get(one.guardianship_id ?? '')
      const pupil = link?.pupil ?? pupils.get(one.pupil_id ?? '')
      if (!pupil) return []
      const recipient = link?.guardian ?? pupil
      const group = classes.get(pupil.id) ?? ''
      return [
        {
          recipient: `${recipient.given_name} ${recipient.family_name}`,
          lines: (link?.guardian.address ?? '').split(/,\s*/).filter(line => line !== ''),
          child: link ? `${pupil.given_name} ${pupil.family_name}` : null,
          group,
          code: codeInGroups(one.code),
          qr: qrPath(`${origin}/register#code=${one.code}`),
          expires: page.house.texts.language('de').day.full(one.expires_at.slice(0, 10)),
          expires_en: page.house.texts.language('en').day.full(one.expires_at.slice(0, 10)),
          order: `${pupil.family_name} ${pupil.given_name}`,
        },
      ]
    })
    .sort((a, b) => collator.compare(a.group, b.group) || collator.compare(a.order, b.order))
    .map(letter => ({ ...letter, today: language.day.full(page.viewer.today) }))
}
