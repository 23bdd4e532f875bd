import { addDays } from '../clock.ts'
import { adultSince } from '../people/viewer.ts'
import type { SystemChange } from '../storage/change.ts'
import type { Custody, Tables } from '../storage/tables.ts'
import { schoolYearStart } from './classes.ts'
import { type LargeGroup, loginFor } from './large-staff.ts'
import { drawFamilyNames } from './names.ts'
import type { Random } from './random.ts'
import { acceptanceRows, accountRows, insertMany, type NewAccount } from './rows.ts'

const onPaperShare = 0.08
const streets = [
  'Ahornweg',
  'Am Anger',
  'Bachstraße',
  'Birkenweg',
  'Feldstraße',
  'Gartenweg',
  'Kirchgasse',
  'Lindenallee',
  'Mühlenweg',
  'Schulstraße',
]

/** A place in a class that a child takes. */
export interface Seat {
  readonly pupil: string
  readonly group: LargeGroup
}
interface Guardian extends NewAccount {
  readonly custody: Custody
  readonly account: string | null
}

/** What the families of a school are in the tables, gathered family by family and written at once. */
export class FamilyRows {
  readonly #change: SystemChange
  readonly #random: Random
  readonly #accounts: NewAccount[] = []
  readonly #pupils: Tables['pupils'][] = []
  readonly #places: Tables['group_pupils'][] = []
  readonly #guardians: Tables['guardians'][] = []
  readonly #guardianships: Tables['guardianships'][] = []
  readonly #registrations: Tables['registrations'][] = []
  #number = 100_000

  constructor(change: SystemChange, random: Random) {
    this.#change = change
    this.#random = random
  }

  add(children: readonly Seat[], size: number, taken: Set<string>): void {
    const random = this.#random
    const names = drawFamilyNames(random)
    const other = random.chance(0.2) ? drawFamilyNames(random) : names
    const guardians = Array.from({ length: size }, (_, index) =>
      this.#guardian(index === 0 ? names : other, index, taken),
    )
    for (const { pupil, group } of children) {
      const { grade = 5, years = 0 } = group.plan ?? {}
      const from_on = schoolYearStart(this.#change.today, years)
      this.#number += 1 + random.below(3)
      const born_on = this.#birthday(grade)
      const grown = born_on <= adultSince(this.#change.today)
      this.#pupils.push({
        id: pupil,
        external_id: String(this.#number),
        given_name: names.given(random, random.chance(0.5)),
        family_name: names.family,
        born_on,
        left_on: null,
        account_id: null,
        guardians_allowed_at: grown && random.chance(0.8) ? this.#change.at : null,
      })
      this.#places.push({ group_id: group.id, pupil_id: pupil, from_on, until_on: null })
      for (const guardian of guardians) this.#link(guardian, pupil, from_on)
    }
  }

  #guardian(names: ReturnType<typeof drawFamilyNames>, index: number, taken: Set<string>): Guardian {
    const random = this.#random
    const given = names.given(random, index !== 1)
    const id = random.id()
    const onPaper = random.chance(onPaperShare)
    const login = loginFor(given, names.family, 'eltern.example', taken)
    const account = onPaper ? null : random.id()
    const custody = index === 0 || random.chance(0.95) ? 'yes' : random.chance(0.7) ? 'no' : 'unknown'
    if (account) this.#accounts.push({ id: account, given, family: names.family, login })
    this.#guardians.push({
      id,
      given_name: given,
      family_name: names.family,
      email: onPaper ? null : login,
      phone: null,
      address: `${random.pick(streets)} ${1 + random.below(90)}, 12345 Auental`,
      account_id: account,
    })
    return { id, given, family: names.family, login, custody, account }
  }

  #link(guardian: Guardian, pupil_id: string, from_on: string): void {
    const rights = guardian.custody === 'yes' ? 1 : 0
    const id = this.#random.id()
    this.#guardianships.push({
      id,
      guardian_id: guardian.id,
      pupil_id,
      custody: guardian.custody,
      may_read: rights,
      may_act: rights,
      from_on,
      until_on: null,
      address_block: 0,
    })
    if (!guardian.account) return
    const day = this.#random.chance(0.02)
      ? addDays(this.#change.today, -1 - this.#random.below(12))
      : addDays(from_on, this.#random.below(30))
    this.#registrations.push({
      id: this.#random.id(),
      pupil_id,
      guardianship_id: id,
      account_id: guardian.account,
      registered_at: `${day}T1${this.#random.below(9)}:${10 + this.#random.below(49)}:00.000Z`,
    })
  }

  #birthday(grade: number): string {
    const start = schoolYearStart(this.#change.today, 0)
    const year = Number(start.slice(0, 4)) - grade - 6
    return addDays(`${year}-10-01`, this.#random.below(365))
  }

  async write(password_hash: string): Promise<void> {
    const change = this.#change
    const since = schoolYearStart(change.today, 3)
    await insertMany(change, 'accounts', accountRows(change, this.#accounts, password_hash, since, this.#random))
    await insertMany(change, 'acceptances', acceptanceRows(this.#accounts, since))
    await insertMany(change, 'pupils', this.#pupils)
    await insertMany(change, 'group_pupils', this.#places)
    await insertMany(change, 'guardians', this.#guardians)
    await insertMany(change, 'guardianships', this.#guardianships)
    await insertMany(change, 'registrations', this.#registrations)
  }
}
