import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import argon2 from 'argon2'

/** Argon2id, RFC 9106; memory in KiB. One hash takes about an eighth of a second. */
const parameters = { type: argon2.argon2id, memoryCost: 65_536, timeCost: 3, parallelism: 1 } as const

/** Too many sign-ins at this moment; try again in a few seconds. */
export class TooBusy extends Error {}

/** Runs `atOnce` pieces of work at a time, in the order they came. */
function turns(atOnce: number, mayQueue: number) {
  let running = 0
  const queue: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (queue.length >= mayQueue) throw new TooBusy()
      await new Promise<void>(resolve => queue.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next) next()
      else running -= 1
    }
  }
}

const takingTurns = turns(2, 20)

export function hashPassword(password: string): Promise<string> {
  return takingTurns(() => argon2.hash(password, parameters))
}

let dummy: Promise<string> | undefined

/** Compares, and takes as long for an account that does not exist (`hash` undefined) as for one that does. */
export function passwordFits(hash: string | undefined, password: string): Promise<boolean> {
  return takingTurns(async () => {
    dummy ??= argon2.hash('nobody has this password', parameters)
    const fits = await argon2.verify(hash ?? (await dummy), password)
    return hash !== undefined && fits
  })
}

export function needsNewHash(hash: string): boolean {
  return argon2.needsRehash(hash, parameters)
}

/** What a key costs to compute from a passphrase; memory in KiB. */
export interface KeyCost {
  readonly memory: number
  readonly time: number
  readonly lanes: number
}
export const auditorKeyCost: KeyCost = { memory: 131_072, time: 3, lanes: 1 }

/** The cost as it stands in a row, beside the salt. */
export function writeCost({ memory, time, lanes }: KeyCost): string {
  return `argon2id$m=${memory},t=${time},p=${lanes}`
}

/** Refuses what is not Argon2id, and what would take more than a gigabyte or a minute. */
export function readCost(text: string): KeyCost {
  const [, memory = 0, time = 0, lanes = 0] = (/^argon2id\$m=(\d+),t=(\d+),p=(\d+)$/.exec(text) ?? []).map(Number)
  const cost = { memory, time, lanes }
  const possible = time >= 1 && lanes >= 1 && memory >= 8 * lanes && memory <= 1_048_576 && time <= 32 && lanes <= 16
  if (!possible || writeCost(cost) !== text) throw new Error('unknown cost of a key')
  return cost
}

// One key takes 128 MiB, so never two at a time.
const oneKeyAtATime = turns(1, 10)

/** The 32 bytes that belong to a passphrase. It is a row of words, so how they are typed again does not matter. */
export function deriveKey(passphrase: string, salt: Buffer, cost: KeyCost): Promise<Buffer> {
  return oneKeyAtATime(async () => {
    const words = Buffer.from(passphrase.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' '))
    const { memory: memoryCost, time: timeCost, lanes: parallelism } = cost
    try {
      const options = { type: argon2.argon2id, memoryCost, timeCost, parallelism, salt, hashLength: 32 } as const
      return await argon2.hash(words, { ...options, raw: true })
    } finally {
      words.fill(0)
    }
  })
}

let blocked: Set<string> | undefined

function isCommon(password: string): boolean {
  blocked ??= new Set(
    readFileSync(join(import.meta.dirname, '../../config/passwords/blocked.txt'), 'utf8')
      .split('\n')
      .filter(Boolean),
  )
  return blocked.has(password.toLowerCase().normalize('NFKC'))
}

/**
 * What is wrong with a new password, as a catalogue key, or null. Any character counts, nothing is trimmed.
 *
 * `own` are words that an attacker would try first: names, the login, the school.
 */
export function passwordProblem(password: string, staff: boolean, own: readonly string[]): string | null {
  const length = [...password].length
  if (length < (staff ? 15 : 12)) return staff ? 'password.too-short-staff' : 'password.too-short'
  if (length > 128) return 'password.too-long'
  if (new Set(password.toLowerCase()).size < 5 || isCommon(password)) return 'password.common'
  const words = own.flatMap(text => text.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter(word => word.length >= 4)
  let rest = password.toLowerCase()
  for (const word of words) rest = rest.replaceAll(word, '')
  return rest.length < length && [...rest].filter(character => /\p{L}/u.test(character)).length < 6
    ? 'password.own-words'
    : null
}
