import type { Viewer } from '../people/viewer.ts'
import { office } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { fullName } from './facts.ts'
import { classNames, confirmCustody, listLinks } from './store.ts'

/** Custody that no file has told: nobody gets a code before the office has decided. */
export const custody = new Pages()

/** `wanted` is the class to show, as far as somebody in it still waits. */
async function custodyLocals(page: Page<Viewer>, wanted: string | null) {
  const links = await listLinks(page.viewer, { custody: 'unknown' })
  const groups = await classNames(page.viewer)
  const collator = new Intl.Collator('de', { numeric: true })
  const classes = Map.groupBy(links, link => groups.get(link.pupil_id) ?? '')
  const names = [...classes.keys()].sort(collator.compare)
  const chosen = names.find(name => name === wanted) ?? names[0] ?? ''
  return {
    count: links.length,
    group: chosen,
    classes: names.map(name => ({
      href: pathOf(name),
      text: name || page.t('roll.preview.no-class'),
      count: classes.get(name)?.length ?? 0,
      current: name === chosen,
    })),
    links: (classes.get(chosen) ?? [])
      .sort((a, b) => collator.compare(a.pupil.family_name, b.pupil.family_name))
      .slice(0, 200)
      .map(link => ({
        id: link.id,
        guardian: fullName(link.guardian),
        child: fullName(link.pupil),
      })),
  }
}

function pathOf(group: string): string {
  return `/roll/custody?class=${encodeURIComponent(group)}`
}

custody.get('/roll/custody', { who: office, action: 'roll.list' }, async page =>
  page.render('roll/custody', await custodyLocals(page, page.query('class'))),
)

custody.post('/roll/custody', { who: office, action: 'roll.custody.confirm' }, async page => {
  const group = page.form.text('class')
  const decision = page.form.text('custody') === 'no' ? 'no' : 'yes'
  const waiting = await listLinks(page.viewer, { custody: 'unknown' })
  const everybody = page.form.text('scope') === 'all'
  if (everybody && page.form.text('count').trim() !== String(waiting.length)) {
    const error = { field: 'count', key: 'roll.custody.count', values: { count: waiting.length } }
    return page.refuse('roll/custody', await custodyLocals(page, group), [error])
  }
  const ticked = new Set(page.form.all('guardianship'))
  const chosen = waiting.filter(link => everybody || ticked.has(link.id)).map(link => link.id)
  if (chosen.length === 0) {
    return page.refuse('roll/custody', await custodyLocals(page, group), [
      { field: 'guardianship', key: 'roll.custody.nobody' },
    ])
  }
  if (chosen.length <= 60) page.concerns('guardianship', ...chosen)
  page.detail('count', chosen.length)
  await page.change(change => confirmCustody(change, chosen, decision))
  page.redirect(pathOf(group), decision === 'yes' ? 'confirmed' : 'denied')
})
