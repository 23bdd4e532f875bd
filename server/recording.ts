import { type AuditLog, AuditUnavailable } from './audit/log.ts'

/** Whether the last record that was to be written is on the disk. */
export interface Recording {
  works: boolean
}

/** The same log, which also notes how its records fare: `/health` must know without writing one. */
export function watched(audit: AuditLog, recording: Recording): AuditLog {
  const append: AuditLog['append'] = async entry => {
    try {
      await audit.append(entry)
      recording.works = true
    } catch (error) {
      if (error instanceof AuditUnavailable) recording.works = false
      throw error
    }
  }
  return Object.create(audit, { append: { value: append } })
}
