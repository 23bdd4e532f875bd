import { Pages } from '../web/pages.ts'

/** The office's work with the roll. */
export const roll = new Pages()
