import { Pages } from '../web/pages.ts'

/** Groups and the people who work in them, for admins. */
export const groups = new Pages()
