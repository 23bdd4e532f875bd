import type { Viewer } from '../people/viewer.ts'
import { office } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { codes } from './code-pages.ts'
import { custody } from './custody-pages.ts'
import { listEntitled } from './entitled.ts'
import { fullName } from './facts.ts'
import { importing } from './import-pages.ts'
import { pupil } from './pupil-pages.ts'
import { shownClass } from './shown.ts'
import { classNames, listClasses, listLinks, searchPeople } from './store.ts'

/** The office's work with the roll: who belongs to the school, who may see which child, and how they get in. */
export const roll = new Pages()

async function overview(page: Page<Viewer>) {
  const { viewer } = page
  const classes = await listClasses(viewer)
  const waiting = await listLinks(viewer, { custody: 'unknown' })
  const entitled = await listEntitled(viewer, new Date(page.house.clock.now()).toISOString())
  return {
    counts: {
      pupils: classes.reduce((sum, one) => sum + one.pupils.length, 0),
      unregistered: classes.reduce((sum, one) => sum + one.pupils.filter(pupil => !pupil.reached).length, 0),
      awaiting: waiting.length,
      entitled: entitled.length,
    },
    classes: classes.map(one => shownClass(one)),
    found: null,
  }
}

roll.get('/roll', { who: office, action: 'roll.list' }, async page => page.render('roll/index', await overview(page)))

roll.post('/roll/search', { who: office, action: 'roll.search' }, async page => {
  const typed = page.form.text('name').slice(0, 100)
  const locals = await overview(page)
  const { pupils, links, more } = await searchPeople(page.viewer, typed)
  const groups = await classNames(page.viewer)
  page.detail('found', pupils.length + links.length)
  const guardians = links.map(link => ({
    name: fullName(link.guardian),
    child: fullName(link.pupil),
    group: groups.get(link.pupil_id) ?? '',
    href: `/roll/pupils/${link.pupil_id}#guardian-${link.id}`,
  }))
  const children = pupils.map(pupil => ({
    name: fullName(pupil),
    group: groups.get(pupil.id) ?? '',
    left: pupil.left_on !== null && pupil.left_on < page.viewer.today,
    href: `/roll/pupils/${pupil.id}`,
  }))
  page.render('roll/index', { ...locals, found: { pupils: children, guardians, more }, values: { name: typed } })
})

roll.get('/roll/classes/:id', { who: office, action: 'roll.list' }, async page => {
  const found = (await listClasses(page.viewer)).find(one => one.id === page.params.id) ?? page.throw(404)
  page.concerns('group', found.id)
  page.render('roll/class', {
    group: { id: found.id, name: found.name },
    pupils: found.pupils,
    title: page.t('roll.class.heading', { name: found.name }),
  })
})

for (const part of [pupil, importing, custody, codes]) roll.include(part)
