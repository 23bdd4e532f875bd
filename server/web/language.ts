import type { Viewer } from '../people/viewer.ts'
import type { Middleware } from './context.ts'
import type { Page } from './page.ts'

export const languageCookie = 'pforte-language'
export const themeCookie = 'pforte-theme'

/** Until somebody signs in: the language they chose on this device, else the browser's. */
export const language: Middleware = (context, next) => {
  const { house } = context.state
  const chosen = context.cookies.get(languageCookie, { signed: false })
  context.state.language = chosen ? house.texts.language(chosen) : house.texts.preferred(context.get('accept-language'))
  return next()
}

/** The languages to choose from, each by its own name. */
export function languagesOf<V extends Viewer | null>(page: Page<V>): { code: string; name: string }[] {
  return page.house.texts.languages.map(({ code, name }) => ({ code, name }))
}
