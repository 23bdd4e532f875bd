import type { KeyPair } from '../audit/sealing/hpke.ts'
import type { House } from '../house.ts'
import { appointAuditor } from '../people/auditors.ts'
import type { KeyCost } from '../people/passwords.ts'
import { cast } from './cast.ts'

/** An auditor of the demo school, with the key that in a real school only their passphrase opens. */
export interface DemoAuditor {
  readonly key: string
  readonly id: number
  readonly pair: KeyPair
}

/** The demo's passphrases stand here for everybody to read; a real one is made by chance and shown once. */
export const auditorPassphrases: Readonly<Record<string, string>> = {
  emil: 'ampel brunnen dachs eimer fenster garten hafen',
  finja: 'insel jacke kerze laterne mantel nadel ofen',
  gero: 'pinsel quelle regen sattel teppich ufer wolke',
}

/** Appoints the demo's three auditors, so that what follows is sealed to them. */
export async function appointDemoAuditors(
  house: House,
  accounts: Readonly<Record<string, string>>,
  cost?: KeyCost,
): Promise<DemoAuditor[]> {
  const appointed: DemoAuditor[] = []
  for (const [key, passphrase] of Object.entries(auditorPassphrases)) {
    const person = cast.find(one => one.key === key)
    const appointment = {
      account: accounts[key] ?? '',
      person: `${person?.given_name} ${person?.family_name}`,
      office: person?.offices?.filter(one => one !== 'auditor').join(', ') || 'auditor',
      trainedOn: house.clock.today(),
    }
    appointed.push({ key, ...(await appointAuditor(house, appointment, passphrase, cost)) })
  }
  return appointed
}
