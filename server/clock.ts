/** Where time comes from; the only thing tests put another in place of. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** The school day, `YYYY-MM-DD`, in the school's time zone. */
  today(): string
}

/** A clock for the school's zone. The day is computed once a minute, since every request asks for it. */
export function schoolClock(timeZone: string, now: () => number = Date.now): Clock {
  let minute = -1
  let day = ''
  return {
    now,
    today() {
      const current = Math.floor(now() / 60_000)
      if (current !== minute) {
        minute = current
        day = dayOf(now(), timeZone)
      }
      return day
    },
  }
}

function dayOf(ms: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate().toString()
}

/** UTC as ISO text with milliseconds, the form of every `_at` column. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}

/** The school day some days later (or earlier, when negative). */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
