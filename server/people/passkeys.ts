import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { House } from '../house.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Tables } from '../storage/tables.ts'
import type { OwnFactor } from './viewer.ts'

type Row = Tables['factors']

/** A passkey as a browser has just made it. */
export interface NewPasskey {
  readonly credential_id: string
  readonly public_key: Buffer
  readonly counter: number
  readonly transports: string
}

const patience = 5 * 60_000

/** The name that passkeys of this portal belong to. There are none where it is reached by number only. */
export function passkeyHost(house: Pick<House, 'config'>): string | null {
  const { hostname } = new URL(house.config.origin)
  return isIP(hostname.replace(/^\[|\]$/g, '')) ? null : hostname
}

/** A challenge that this session can answer once, within five minutes. */
function ask(house: House, session: string, use: 'prove' | 'add'): string {
  const challenge = randomBytes(32).toString('base64url')
  return house.challenges.keep(`${session} ${use}`, true, challenge)
}

function answered(house: House, session: string, use: 'prove' | 'add') {
  return (challenge: string): boolean => {
    const asked = house.challenges.find(`${session} ${use}`, challenge) === true
    house.challenges.forget(`${session} ${use}`, challenge)
    return asked
  }
}

/** What the browser is asked with, as JSON; null where the account has no passkey. */
export function passkeyQuestion(house: House, session: string, factors: readonly OwnFactor[]): string | null {
  const rpId = passkeyHost(house)
  const allowCredentials = factors.flatMap(factor =>
    factor.credential ? [{ type: 'public-key', id: factor.credential, transports: factor.transports }] : [],
  )
  if (rpId === null || allowCredentials.length === 0) return null
  const challenge = ask(house, session, 'prove')
  return JSON.stringify({ challenge, rpId, allowCredentials, userVerification: 'required', timeout: patience })
}

/** What the browser is asked with to make a new one, as JSON. */
export async function passkeyOffer(
  house: House,
  session: string,
  owner: { readonly login: string; readonly name: string; readonly factors: readonly OwnFactor[] },
): Promise<string | null> {
  const rpID = passkeyHost(house)
  if (rpID === null) return null
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  const options = await generateRegistrationOptions({
    rpName: house.school.current.name,
    rpID,
    userName: owner.login,
    userDisplayName: owner.name,
    attestationType: 'none',
    timeout: patience,
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    excludeCredentials: owner.factors.flatMap(({ credential }) => (credential ? [{ id: credential }] : [])),
  })
  return JSON.stringify({ ...options, challenge: ask(house, session, 'add') })
}

/** Reads what the browser made; null where it is no answer to what this session was asked. */
export async function readNewPasskey(house: House, session: string, answer: string): Promise<NewPasskey | null> {
  const rpID = passkeyHost(house)
  if (rpID === null) return null
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const found = await orRefused(() =>
    verifyRegistrationResponse({
      response: JSON.parse(answer) as RegistrationResponseJSON,
      expectedChallenge: answered(house, session, 'add'),
      expectedOrigin: house.config.origin,
      expectedRPID: rpID,
      requireUserVerification: true,
    }),
  )
  if (!found?.verified) return null
  const { credential } = found.registrationInfo
  return {
    credential_id: credential.id,
    public_key: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: JSON.stringify(credential.transports ?? []),
  }
}

/** Which of these passkeys has signed this session's challenge, and how far its counter has come; null where none has. */
export async function checkPasskey(
  house: House,
  session: string,
  answer: string,
  factors: readonly Row[],
): Promise<{ factor: string; counter: number } | null> {
  const rpID = passkeyHost(house)
  const response = await orRefused(async () => JSON.parse(answer) as AuthenticationResponseJSON)
  const row = factors.find(factor => factor.credential_id !== null && factor.credential_id === response?.id)
  if (rpID === null || !response || !row?.public_key) return null
  const credential = { id: response.id, publicKey: Uint8Array.from(row.public_key), counter: row.counter }
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const found = await orRefused(() =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: answered(house, session, 'prove'),
      expectedOrigin: house.config.origin,
      expectedRPID: rpID,
      credential,
      requireUserVerification: true,
    }),
  )
  return found?.verified ? { factor: row.id, counter: found.authenticationInfo.newCounter } : null
}

/** Notes the use; false where a copy of the passkey has been faster. */
export async function usePasskey(change: SystemChange, factor: string, counter: number): Promise<boolean> {
  const used = await change
    .write('factors')
    .where({ id: factor })
    .where(rows => rows.where('counter', '<', counter).orWhere({ counter: 0 }))
    .update({ counter, used_at: change.at })
  return used === 1
}

/** Whatever the library cannot read or does not believe, it throws at: that is a wrong answer and no fault of ours. */
async function orRefused<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch {
    return null
  }
}
