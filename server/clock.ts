import { existsSync } from 'node:fs'

/** Where time comes from; the only thing tests put another in place of. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** Milliseconds that have really passed since some moment: no setting of the clock changes them. */
  steady(): number
  /** Whether the machine has the time from the network. */
  trusted(): boolean
  /** The school day, `YYYY-MM-DD`, in the school's time zone. */
  today(): string
}

/** systemd-timesyncd and chrony's unit make this file once the time is right. */
const synchronised = '/run/systemd/timesync/synchronized'

/** A clock for the school's zone. The day is computed once a minute, since every request asks for it. */
export function schoolClock(timeZone: string, now?: () => number): Clock {
  const wall = now ?? Date.now
  let minute = -1
  let day = ''
  return {
    now: wall,
    // With a clock that a test moves, time really passes when the test says so.
    steady: now ?? (() => performance.now()),
    trusted: () => now === undefined && existsSync(synchronised),
    today() {
      const current = Math.floor(wall() / 60_000)
      if (current !== minute) {
        minute = current
        day = dayOf(wall(), timeZone)
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
