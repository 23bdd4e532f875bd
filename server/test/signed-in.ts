import { cast, castPassword, oneTimeSecrets } from '../demo/cast.ts'
import { loginOf } from '../demo/seed.ts'
import type { House } from '../house.ts'
import { codeAt, secretFrom } from '../people/one-time.ts'
import { systemChange } from '../storage/change.ts'
import type { Browser } from './browser.ts'

/** The code that somebody's app shows now. In the same half minute it works again, as if time had passed. */
export async function codeOf(house: House, key: string): Promise<string> {
  const person = cast.find(one => one.key === key)
  if (!person) throw new Error(`Nobody in the cast is called ${key}`)
  await systemChange(house.database, house.clock, 'demo', async change => {
    const account = await change
      .write('accounts')
      .where({ login: loginOf(person) })
      .first('id')
    await change
      .write('factors')
      .where({ account_id: account?.id ?? '' })
      .update({ last_step: 0 })
  })
  return codeAt(secretFrom(oneTimeSecrets[key] ?? ''), house.clock.now())
}

/** Signs somebody of the cast in by the form, with the code of their app where they have one. */
export async function signInAs(house: House, browser: Browser, key: string): Promise<void> {
  const person = cast.find(one => one.key === key)
  if (!person) throw new Error(`Nobody in the cast is called ${key}`)
  await browser.get('/sign-in')
  let answer = await browser.post('/sign-in', { login: loginOf(person), password: castPassword })
  if (answer.headers.location === '/sign-in/factor') {
    await browser.get('/sign-in/factor')
    answer = await browser.post('/sign-in/factor', { proof: await codeOf(house, key) })
  }
  if (answer.status !== 303) throw new Error(`${key} could not sign in: ${answer.status}`)
  await browser.get(answer.headers.location ?? '/')
}
