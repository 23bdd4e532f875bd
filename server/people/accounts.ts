import type { SystemChange } from '../storage/change.ts'
import { newId } from '../storage/ids.ts'
import type { Tables } from '../storage/tables.ts'
import type { Checked, Form, FormError } from '../web/form.ts'
import { foldLogin } from './credentials.ts'
import { passwordProblem } from './passwords.ts'

export interface NewAccount {
  readonly login: string
  readonly email: string | null
  readonly password: string
}

const mail = /^[^\s@<>"\p{C}]+@[^\s@<>"\p{C}]+\.[^\s@<>"\p{C}]+$/u
const userName = /^[\p{L}\p{N}][\p{L}\p{N}._-]{2,59}$/u

/** A login (mail address or user name) and a password, as they were typed. */
export function checkNewAccount(form: Form, staff: boolean, own: readonly string[]): Checked<NewAccount> {
  const login = foldLogin(form.text('login'))
  const password = form.text('password')
  const errors: FormError[] = []
  if (login.length < 3 || login.length > 254 || !(login.includes('@') ? mail : userName).test(login))
    errors.push({ field: 'login', key: 'register.login-form' })
  const problem = passwordProblem(password, staff, [login, ...own])
  if (problem) errors.push({ field: 'password', key: problem })
  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, input: { login, email: login.includes('@') ? login : null, password } }
}

/** Makes an account and returns it, or undefined where the login is taken. */
export async function createAccount(
  change: SystemChange,
  person: Pick<Tables['accounts'], 'given_name' | 'family_name' | 'login' | 'email' | 'password_hash' | 'language'>,
): Promise<Tables['accounts'] | undefined> {
  const taken = await change.write('accounts').where({ login: person.login }).first('id')
  if (taken) return undefined
  const account: Tables['accounts'] = {
    id: newId(),
    ...person,
    theme: 'system',
    session_epoch: 1,
    created_at: change.at,
    locked_at: null,
  }
  await change.write('accounts').insert(account)
  return account
}
