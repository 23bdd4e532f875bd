import { instant } from '../clock.ts'
import type { Viewer } from '../people/viewer.ts'
import type { Page } from '../web/page.ts'
import { findOpening } from './opening.ts'
import { type OwnCase, sessionOf } from './pair.ts'

/** What changes while two people wait for each other, for the page and for its script. `flags` name what is shown. */
export function openingState(page: Page<Viewer>, { one, auditor, other }: OwnCase) {
  const ceremony = findOpening(page.house, one.id)
  const session = sessionOf(page)
  const running = ceremony !== undefined && !ceremony.over
  const you = ceremony?.presence(auditor.id)
  const them = ceremony?.presence(other.id)
  const seated = running && ceremony.sits(auditor.id, session)
  const { done, of } = ceremony?.progress ?? { done: 0, of: 0 }
  const flags = {
    seated,
    'you-open': seated && you?.open === true,
    'other-here': running && them?.here === true,
    'other-open': running && them?.open === true,
    'other-late': running && them?.here === true && them.unseen > late,
  }
  return {
    state: ceremony?.state === 'committed' ? 'working' : (ceremony?.state ?? 'none'),
    flags,
    left: running ? ceremony.left : null,
    done,
    of,
    seen: page.t('cases.opening.seen', { seconds: Math.round((them?.unseen ?? 0) / 1000) }),
    progress: of > 0 ? page.t('cases.opening.progress', { percent: Math.floor((100 * done) / of) }) : '',
  }
}

/** Two missed signs of life. */
const late = 20_000

export function openingLocals(page: Page<Viewer>, own: OwnCase, typing: boolean) {
  const { one, auditor, other } = own
  const { clock } = page.house
  const ceremony = findOpening(page.house, one.id)
  const state = openingState(page, own)
  const ending = ceremony?.ending ?? null
  const { moment } = page.context.state.language
  const left = state.left ?? 0
  const waiting = state.flags.seated && !typing && state.state !== 'none'
  return {
    sheets: ['audit.css'],
    scripts: state.flags.seated ? ['ceremony.js'] : [],
    // Without a script the page asks anew; the passphrase is typed in a tab that does not.
    refresh: waiting ? (state.state === 'working' ? 3 : 15) : null,
    one,
    until: moment.full(instant(one.until)),
    you: auditor,
    other,
    asks: own.requester.id === other.id,
    state,
    left: `${Math.floor(left / 60_000)}:${String(Math.floor((left % 60_000) / 1000)).padStart(2, '0')}`,
    closes: moment.time(instant(clock.now() + left)),
    typing,
    ending: ending && {
      key: `cases.opening.ended.${ending.why}`,
      person: ending.auditor === auditor.id ? 'you' : ending.auditor === other.id ? 'other' : 'none',
      name: other.person,
    },
  }
}
