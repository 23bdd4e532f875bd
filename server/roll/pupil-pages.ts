import type { Viewer } from '../people/viewer.ts'
import { office } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import { listEntitled } from './entitled.ts'
import { fullName } from './facts.ts'
import { checkGuardianship } from './form.ts'
import { joinGroup, leaveGroup, listBelongings } from './groups.ts'
import { shownLink, shownPupil } from './shown.ts'
import { classNames, editGuardianship, findLink, findPupil, listLinks } from './store.ts'

/** One child in the roll: who may see it, and to which groups beside the class it belongs. */
export const pupil = new Pages()

async function pupilLocals(page: Page<Viewer>, id: string, editing: string | null) {
  const { language } = page.context.state
  const found = (await findPupil(page.viewer, id)) ?? page.throw(404)
  page.concerns('pupil', found.id)
  const groups = await classNames(page.viewer)
  const belongings = await listBelongings(page.viewer, found.id)
  const links = await listLinks(page.viewer, { pupils: [found.id] })
  const others = await listLinks(page.viewer, { guardians: links.map(link => link.guardian_id) })
  const entitled = await listEntitled(page.viewer, new Date(page.house.clock.now()).toISOString())
  const openCodes = new Map(
    entitled.map(one => [one.subject.guardianship_id ?? one.subject.pupil_id ?? '', one.invited]),
  )
  const kindAnd = (group: { kind: string; name: string }) => `${page.t(`groups.kind.${group.kind}`)}: ${group.name}`
  return {
    pupil: shownPupil(language, found, groups.get(found.id) ?? null, page.viewer.today, openCodes),
    guardians: links.map(link => shownLink(language, link, others, openCodes)),
    groups: belongings.in.map(group => ({
      id: group.id,
      name: group.name,
      kind: group.kind,
      since: language.day.full(group.from_on),
    })),
    mayJoin: belongings.others.map(group => ({ value: group.id, text: kindAnd(group) })),
    editing,
    title: fullName(found),
  }
}

pupil.get('/roll/pupils/:id', { who: office, action: 'roll.show' }, async page =>
  page.render('roll/pupil', await pupilLocals(page, page.params.id ?? '', page.query('edit'))),
)

pupil.post('/roll/pupils/:id/groups', { who: office, action: 'roll.group.edit' }, async page => {
  const locals = await pupilLocals(page, page.params.id ?? '', null)
  const { id, left } = locals.pupil
  const ending = page.form.text('act') === 'end'
  const choice = ending ? locals.groups.map(group => group.id) : locals.mayJoin.map(group => group.value)
  const chosen = choice.find(group => group === page.form.text('group'))
  if (!chosen) return page.refuse('roll/pupil', locals, [{ field: 'group', key: 'roll.pupil.group-missing' }])
  if (left && !ending) page.throw(409)
  page.concerns('group', chosen)
  page.detail('act', ending ? 'end' : 'add')
  await page.change(async change => {
    const now = await listBelongings(change, id)
    if (!(ending ? now.in : now.others).some(group => group.id === chosen)) page.throw(409)
    await (ending ? leaveGroup : joinGroup)(change, chosen, id)
  })
  page.redirect(`/roll/pupils/${id}`, ending ? 'left' : 'joined')
})

pupil.post('/roll/guardianships/:id', { who: office, action: 'roll.guardianship.edit' }, async page => {
  const link = (await findLink(page.viewer, page.params.id ?? '')) ?? page.throw(404)
  const checked = checkGuardianship(page.form)
  if (!checked.ok) return page.refuse('roll/pupil', await pupilLocals(page, link.pupil_id, link.id), checked.errors)
  page.concerns('guardianship', link.id)
  page.concerns('pupil', link.pupil_id)
  await page.change(change => editGuardianship(change, link.id, checked.input))
  page.redirect(`/roll/pupils/${link.pupil_id}`, 'edited')
})
