import { combine as combineShares, split as splitSecret } from 'shamir-secret-sharing'

/** Two people, always: no setting, no column and no caller changes this. */
export const threshold = 2
export const fewestShares = 3
export const mostShares = 7

const seedLength = 32

/** These shares cannot belong together. Shares that only look as if they did give a wrong seed: check its key. */
export class WrongShares extends Error {}

/** Shares of 33 bytes; any two of them give the seed back, one alone says nothing about it. */
export async function split(seed: Buffer, n: number): Promise<Buffer[]> {
  if (seed.length !== seedLength) throw new TypeError('a seed has 32 bytes')
  if (!Number.isInteger(n) || n < fewestShares || n > mostShares) throw new RangeError('a seed has 3 to 7 shares')
  // The library takes plain arrays only. It would also take any threshold.
  const secret = new Uint8Array(seed)
  try {
    return (await splitSecret(secret, n, threshold)).map(share => Buffer.from(share.buffer))
  } finally {
    secret.fill(0)
  }
}

/** The last byte of a share is the place where the line was cut; at place 0 lies the seed itself. */
function placeOf(share: Buffer): number {
  const place = share.length === seedLength + 1 ? share.at(-1) : undefined
  if (!place) throw new WrongShares('not a share')
  return place
}

export async function combine(a: Buffer, b: Buffer): Promise<Buffer> {
  if (placeOf(a) === placeOf(b)) throw new WrongShares('the same share twice')
  const shares = [new Uint8Array(a), new Uint8Array(b)]
  try {
    const seed = await combineShares(shares)
    return Buffer.from(seed.buffer)
  } finally {
    for (const share of shares) share.fill(0)
  }
}
