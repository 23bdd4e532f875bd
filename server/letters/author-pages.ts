import type { Viewer } from '../people/viewer.ts'
import { staff } from '../people/who.ts'
import type { Page } from '../web/page.ts'
import { Pages } from '../web/pages.ts'
import {
  deleteDraft,
  draftLetter,
  editDraft,
  type Group,
  listWritableGroups,
  mayAddress,
  publishLetter,
  withdrawLetter,
} from './drafts.ts'
import { checkLetter } from './form.ts'
import { isAuthor, isOpen, type Letter } from './letter.ts'
import { listAddressees } from './replies.ts'
import { shownLetter } from './shown.ts'
import { findLetter } from './store.ts'

/** Letters as they are written: draft, preview, publication, withdrawal. */
export const authoring = new Pages()

const empty = { id: null, title: '', text: '', answer: 'none', question: null, choices: [], respond_by: null }

const partsOf = { staff: ['staff'], class: ['guardians', 'staff', 'pupils'] } as const

function editLocals(page: Page<Viewer>, groups: readonly Group[], letter: Letter | null) {
  const chosen = new Set(
    page.context.method === 'POST'
      ? page.form.all('audience')
      : (letter?.audience.map(({ group, part }) => `${group}:${part}`) ?? [`${page.query('group')}:guardians`]),
  )
  return {
    title: page.t(letter ? 'letters.edit.title' : 'letters.new.title'),
    letter: letter ?? empty,
    groups: groups.map(({ id, name, kind }) => ({
      id,
      name,
      kind,
      parts: partsOf[kind === 'staff' ? 'staff' : 'class'].map(key => ({ key, checked: chosen.has(`${id}:${key}`) })),
    })),
  }
}

/** A draft that this viewer may still change. */
async function ownDraft(viewer: Viewer, page: Page<Viewer>): Promise<Letter> {
  const letter = (await findLetter(viewer, page.params.id ?? '')) ?? page.throw(404)
  if (!isAuthor(viewer, letter)) page.throw(404)
  if (letter.published_at !== null) page.throw(409)
  return letter
}

authoring.get('/letters/new', { who: staff, action: 'letter.draft' }, async page => {
  page.render('letters/edit', editLocals(page, await listWritableGroups(page.viewer), null))
})

authoring.post('/letters', { who: staff, action: 'letter.draft' }, async page => {
  const groups = await listWritableGroups(page.viewer)
  const checked = checkLetter(page.form, new Set(groups.map(group => group.id)), page.viewer.today)
  if (!checked.ok) return page.refuse('letters/edit', editLocals(page, groups, null), checked.errors)
  page.concernsGroups(checked.input.audience.map(({ group }) => group))
  const id = await page.change(async change => {
    const created = await draftLetter(change, checked.input)
    page.concerns('letter', created)
    return created
  })
  leave(page, id)
})

/** After saving: to the preview, or back to the drafts. */
function leave(page: Page<Viewer>, id: string): void {
  if (page.form.text('next') === 'draft') page.redirect('/letters?written=1', 'draft')
  else page.redirect(`/letters/${id}/preview`)
}

authoring.get('/letters/:id/edit', { who: staff, action: 'letter.edit' }, async page => {
  const letter = await ownDraft(page.viewer, page)
  page.concerns('letter', letter.id)
  page.render('letters/edit', editLocals(page, await listWritableGroups(page.viewer), letter))
})

authoring.post('/letters/:id', { who: staff, action: 'letter.edit' }, async page => {
  const letter = await ownDraft(page.viewer, page)
  const groups = await listWritableGroups(page.viewer)
  const checked = checkLetter(page.form, new Set(groups.map(group => group.id)), page.viewer.today)
  if (!checked.ok) return page.refuse('letters/edit', editLocals(page, groups, letter), checked.errors)
  page.concerns('letter', letter.id)
  page.concernsGroups(checked.input.audience.map(({ group }) => group))
  await page.change(async change => editDraft(change, await ownDraft(change, page), checked.input))
  leave(page, letter.id)
})

authoring.get('/letters/:id/preview', { who: staff, action: 'letter.preview' }, async page => {
  const letter = (await findLetter(page.viewer, page.params.id ?? '')) ?? page.throw(404)
  if (!isAuthor(page.viewer, letter)) page.throw(404)
  if (letter.published_at !== null) return page.redirect(`/letters/${letter.id}`)
  page.concerns('letter', letter.id)
  page.render('letters/preview', await previewLocals(page, letter))
})

async function previewLocals(page: Page<Viewer>, letter: Letter) {
  const addressees = await listAddressees(page.viewer, letter.id)
  const missed = addressees.filter(one => one.reached === 0)
  return {
    letter: shownLetter(page.context.state.language, letter),
    open: isOpen(letter, page.viewer.today),
    slips: [],
    reach: {
      children: addressees.length,
      registered: addressees.length - missed.length,
      unreached: missed.map(one => ({
        name: `${one.family_name}, ${one.given_name}`,
        group: one.group_name,
        why: page.t('letters.preview.nobody-registered'),
        paper: true,
      })),
      staff: letter.audience.filter(part => part.part === 'staff').length,
    },
  }
}

authoring.post('/letters/:id/publication', { who: staff, action: 'letter.publish' }, async page => {
  const letter = await ownDraft(page.viewer, page)
  if (letter.respond_by !== null && letter.respond_by < page.viewer.today) {
    return page.refuse('letters/preview', await previewLocals(page, letter), [
      { field: 'respond_by', key: 'letters.day-past' },
    ])
  }
  if (!(await mayAddress(page.viewer, letter))) {
    return page.refuse('letters/preview', await previewLocals(page, letter), [
      { field: 'audience', key: 'letters.audience-ended' },
    ])
  }
  page.concerns('letter', letter.id)
  page.concernsGroups(letter.audience.map(({ group }) => group))
  await page.change(async change => {
    const draft = await ownDraft(change, page)
    if (!(await mayAddress(change, draft))) page.throw(409)
    await publishLetter(change, draft)
  })
  page.redirect(`/letters/${letter.id}`, 'published')
})

authoring.post('/letters/:id/withdrawal', { who: staff, action: 'letter.withdraw' }, async page => {
  const published = async (viewer: Viewer) => {
    const letter = (await findLetter(viewer, page.params.id ?? '')) ?? page.throw(404)
    if (!isAuthor(viewer, letter)) page.throw(404)
    if (letter.published_at === null || letter.withdrawn_at !== null) page.throw(409)
    return letter
  }
  const letter = await published(page.viewer)
  page.concerns('letter', letter.id)
  await page.change(async change => withdrawLetter(change, await published(change)))
  page.redirect(`/letters/${letter.id}`, 'withdrawn')
})

authoring.post('/letters/:id/deletion', { who: staff, action: 'letter.delete' }, async page => {
  const letter = await ownDraft(page.viewer, page)
  page.concerns('letter', letter.id)
  await page.change(async change => deleteDraft(change, await ownDraft(change, page)))
  page.redirect('/letters?written=1', 'deleted')
})
