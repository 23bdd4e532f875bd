import { type File, store } from '../file.ts'
import { firstHead, nextHead, type SegmentPlace } from '../formats/layout.ts'
import type { StoredRecord } from '../sealing/segment.ts'
import type { Ledger } from './ledger.ts'

interface OpenRow extends SegmentPlace {
  readonly enc: Buffer
  readonly sealed: Buffer
  readonly n: number
  readonly head: Buffer
}

/**
 * Closes the segments that a crash, or a write that failed, has left open. Their keys are gone, so nothing can be
 * added to them any more; what the disk holds is fixed in the ledger. One that is not as it was left is named there.
 */
export async function recoverSegments(file: File, ledger: Ledger, instance: Buffer, now: number): Promise<number> {
  const left = await file.all<OpenRow>(
    "SELECT id, period_id AS period, hour, enc, sealed, n, head FROM audit_segment WHERE state = 'open' ORDER BY id",
  )
  for (const segment of left) {
    const records = await file.all<StoredRecord>(
      'SELECT i, ab, ob, ct FROM audit_rec WHERE seg = ? ORDER BY i',
      segment.id,
    )
    let head = firstHead(instance, segment, segment.enc, segment.sealed)
    for (const record of records) head = nextHead(head, record, record.ct)
    const n = records.length
    await ledger.commit(now, async add => {
      const { id: seg, period, hour } = segment
      const closed = await add('segment_recovered', { seg, n, head: head.toString('hex'), period, hour })
      if (n !== segment.n || !head.equals(segment.head)) await add('verify_failed', { seg })
      await store(
        file,
        1,
        "UPDATE audit_segment SET state = 'recovered', n = ?, head = ?, closed_idx = ? WHERE id = ?",
        ...[n, head, closed, seg],
      )
    })
  }
  return left.length
}
