import { type Case, findCase } from '../audit/cases.ts'
import { findAuditor } from '../people/auditors.ts'
import { longestAlone, longestProposal } from '../people/lapses.ts'
import { mayLockOver } from '../people/locks.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Page } from '../web/page.ts'
import { casesForLift, casesForLock, type Lock, listLocks, stateOf } from './lock-store.ts'
import { aboutSubject } from './request-shown.ts'
import type { Subject } from './subjects.ts'

const later = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString()

const untilOf = (lock: Lock): string | null => {
  if (lock.ended_at) return null
  if (lock.kind === 'emergency') return later(lock.begun_at, longestAlone)
  return lock.confirmed_at ? null : later(lock.begun_at, longestProposal)
}

/** Every lock, those that hold or wait first. */
export async function listLocals(page: Page<Viewer>) {
  const locks = await listLocks(page.viewer)
  const row = (lock: Lock) => ({
    href: `/locks/${lock.id}`,
    person: lock.person,
    number: lock.id,
    state: stateOf(lock),
    at: lock.ended_at ?? lock.begun_at,
    until: untilOf(lock),
  })
  return {
    open: locks.filter(one => one.ended_at === null).map(row),
    ended: locks.filter(one => one.ended_at !== null).map(row),
    auditor: page.viewer.holds('auditor'),
  }
}

const caseOption = (page: Page<Viewer>, one: Case) => ({
  value: String(one.id),
  text: page.t('locks.case', { no: one.no, category: page.t(`cases.category.${one.category}`) }),
})

/** The form for a new lock, with the accounts that were found for a name. */
export async function newLocals(
  page: Page<Viewer>,
  kind: Lock['kind'],
  found: readonly Subject[] | null,
  chosen: { readonly account: string; readonly caseId: string },
) {
  const cases = kind === 'case' ? await casesForLock(page.house, page.viewer.id) : []
  return {
    kind,
    searched: found !== null,
    found: (found ?? []).map(one => ({ value: one.id, text: one.name, hint: aboutSubject(page, one) })),
    cases: cases.map(one => caseOption(page, one)),
    account: chosen.account,
    chosenCase: chosen.caseId || String(cases[0]?.id ?? ''),
    both: page.viewer.holds('auditor'),
  }
}

/** One lock, and what this viewer may do about it. */
export async function showLocals(page: Page<Viewer>, lock: Lock) {
  const { house, viewer } = page
  const auditor = viewer.holds('auditor') && (await findAuditor(house, viewer)) !== undefined
  const state = stateOf(lock)
  const other = lock.account_id !== viewer.id
  const named = async (id: number | null) => {
    const found = id === null ? undefined : await findCase(house.audit, id)
    return found && { id: found.id, ...caseOption(page, found) }
  }
  const about = lock.case_id === null ? undefined : await findCase(house.audit, lock.case_id)
  const second = about && (await mayLockOver(house, about, lock.account_id, [lock.begun_by, viewer.id]))
  const lifts = auditor && state === 'locked' ? await casesForLift(house.audit) : []
  return {
    lock: { ...lock, state, until: untilOf(lock) },
    about: await named(lock.case_id),
    liftAbout: await named(lock.lift_case_id),
    acts: {
      confirm: auditor && other && state === 'proposed' && lock.begun_by !== viewer.id && second === true,
      withdraw: ['proposed', 'emergency'].includes(state) && lock.begun_by === viewer.id,
      make: auditor && other && state === 'emergency',
      lift: auditor && other && state === 'locked',
      confirmLift: auditor && other && state === 'lifting' && lock.lift_by !== viewer.id,
      withdrawLift: auditor && state === 'lifting' && lock.lift_by === viewer.id,
    },
    cases: lifts.map(one => caseOption(page, one)),
    title: page.t('locks.number', { number: lock.id }),
  }
}
