import { createHash } from 'node:crypto'
import type { CaseRequest } from '../audit/opening/papers.ts'
import type { Viewer } from '../people/viewer.ts'
import { deviceOf } from '../web/device.ts'
import type { Page } from '../web/page.ts'

/** By these a second person would be known to sit at the same screen. */
export function marksOf(page: Page<Viewer>): NonNullable<CaseRequest['made']> {
  const device = deviceOf(page.context)
  return {
    session: page.context.state.session,
    device: device && createHash('sha256').update(device).digest('hex').slice(0, 16),
    factor: page.factor.id,
  }
}
