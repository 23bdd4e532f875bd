import type { File } from '../file.ts'
import type { CaseRequest } from './papers.ts'
import type { Holder } from './period-key.ts'

/** What one auditor brings to the opening of a case: their own shares of the months it needs, and nothing that opens anything. */
export class OpenedShares {
  readonly auditor: number
  readonly caseId: number
  readonly request: CaseRequest
  /** The periods of which there is a share. */
  readonly periods: readonly number[] = []

  constructor(auditor: number, caseId: number, request: CaseRequest) {
    this.auditor = auditor
    this.caseId = caseId
    this.request = request
  }

  /** Overwrites the shares; to be called whatever happens. */
  wipe(): void {}
}

/** Opens the request of a case and the own shares of exactly the periods it needs. `PaperStaysClosed` with a wrong key. */
export async function openShares(file: File, instance: Buffer, caseId: number, holder: Holder): Promise<OpenedShares> {
  throw new Error('not built yet', { cause: [file, instance, caseId, holder] })
}
