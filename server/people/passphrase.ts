import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Seven words of 2,048: 77 bits. */
export const wordCount = 7
/** No two words of the list begin with the same four letters. */
const tellingLetters = 4

let list: readonly string[] | undefined

export function passphraseWords(): readonly string[] {
  list ??= readFileSync(join(import.meta.dirname, '../../config/words/de.txt'), 'utf8')
    .split('\n')
    .filter(Boolean)
  return list
}

/** Made by chance, never chosen: whoever has the file needs to guess only this. */
export function makePassphrase(): string {
  const words = passphraseWords()
  return Array.from({ length: wordCount }, () => words[randomInt(words.length)]).join(' ')
}

let byStart: ReadonlyMap<string, string> | undefined

/**
 * A passphrase as it was made, from how somebody typed it: case, blanks, commas, dashes and numbers between the words
 * do not matter, nor does a slip after a word's fourth letter. What is no word of the list stays as it was typed.
 */
export function readPassphrase(typed: string): string {
  byStart ??= new Map(passphraseWords().map(word => [word.slice(0, tellingLetters), word]))
  return typed
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{M}]+/u)
    .filter(Boolean)
    .map(word => byStart?.get(word.slice(0, tellingLetters)) ?? word)
    .join(' ')
}
