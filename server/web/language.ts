import type { Middleware } from './context.ts'

export const languageCookie = 'pforte-language'

/** Until somebody signs in: the language they chose on this device, else the browser's. */
export const language: Middleware = (context, next) => {
  const { house } = context.state
  const chosen = context.cookies.get(languageCookie, { signed: false })
  context.state.language = chosen ? house.texts.language(chosen) : house.texts.preferred(context.get('accept-language'))
  return next()
}
