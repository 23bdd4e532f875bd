import { passkeyQuestion } from '../people/passkeys.ts'
import type { SessionData } from '../people/sessions.ts'
import type { OwnFactor } from '../people/viewer.ts'
import type { Context } from './context.ts'

/** For how long a second factor counts as just proved. */
const freshFor = 5 * 60_000

/** Whether this session has proved its second factor in the last five minutes. */
export function isFresh(context: Context): boolean {
  const session = context.session as SessionData | null
  const age = context.state.house.clock.now() - (session?.proved_at ?? Number.POSITIVE_INFINITY)
  return age >= 0 && age <= freshFor
}

/** What a passkey's challenge is bound to. */
export function sessionOf(context: Context): string {
  return context.state.session ?? ''
}

/** What `shared/_proof` shows: the ways that are open to somebody with these factors. */
export function proofLocals(context: Context, factors: readonly OwnFactor[]) {
  return {
    /** Whether a passkey was asked for, so that the page brings its script. */
    asked: false,
    needed: !isFresh(context),
    /** Codes of an app go by the time: where the server's is wrong, the right one is refused. */
    doubt: context.state.house.audit.standing.doubt !== 'none',
    app: factors.some(factor => factor.kind === 'totp'),
    /** Asks anew each time, since each question is answered once. */
    passkey() {
      const question = passkeyQuestion(context.state.house, sessionOf(context), factors)
      this.asked ||= question !== null
      return question
    },
  }
}
