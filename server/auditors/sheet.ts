import type { Viewer } from '../people/viewer.ts'
import type { Page } from '../web/page.ts'

/** The only time that a passphrase is shown: as a page, and as a sheet of paper. `next` is where it is typed again. */
export function showSheet(page: Page<Viewer>, passphrase: string, next: string): void {
  page.render('auditors/sheet', {
    words: passphrase.split(' '),
    next,
    person: page.viewer.name,
    host: new URL(page.house.config.origin).host,
    today: page.viewer.today,
    bare: true,
  })
}
