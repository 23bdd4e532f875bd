import type { Clock } from '../clock.ts'
import { checkedDetails } from './details.ts'
import type { Action, Concern, Outcome } from './kinds.ts'
import { longestRecord, type Sealable } from './sealing/segment.ts'

/** One thing that somebody did or tried. Never text, reasons, search terms, secrets or full user agents. */
export interface AuditEntry {
  readonly action: Action
  /** The account that acts, or null for nobody signed in and for the house itself. */
  readonly actor: string | null
  /** Eight bytes of the session's hash, hex; tells two sessions of one account apart. */
  readonly session: string | null
  readonly address: string | null
  readonly concerns: readonly (readonly [Concern, string])[]
  readonly outcome: Outcome
  readonly details: Readonly<Record<string, string | number>>
}

/** The content of a record, as it is sealed. Times in milliseconds: on the clock, and really passed since boot `b`. */
export interface RecordBody {
  readonly v: 1
  readonly t: number
  readonly m: number
  readonly b: string
  readonly k: Action
  readonly a: string | 0
  readonly s: string
  readonly ip: string
  readonly o: readonly (readonly [Concern, string])[]
  readonly r: Outcome
  readonly d: Readonly<Record<string, string | number>>
  /** Details were left out for want of room. */
  readonly tr?: 1
}

/** So many ids surely fit into one record beside everything else. */
const concernsOfOne = 40

/**
 * An entry as the records that hold it: one, or several where it concerns more than one has room for, so that
 * nobody it concerns is lost. Throws where a detail is not in the inventory.
 */
export function recordsOf(entry: AuditEntry, clock: Clock, boot: string): Sealable[] {
  const details = checkedDetails(entry.action, entry.details)
  const actor = entry.actor ?? 0
  const records: Sealable[] = []
  for (let from = 0; from === 0 || from < entry.concerns.length; from += concernsOfOne) {
    const concerns = entry.concerns.slice(from, from + concernsOfOne)
    const body: RecordBody = {
      v: 1,
      t: clock.now(),
      m: Math.round(clock.steady()),
      b: boot,
      k: entry.action,
      a: actor,
      s: entry.session ?? '',
      ip: entry.address ?? '',
      o: concerns,
      r: entry.outcome,
      d: details,
    }
    records.push({ body: fitting(body), actor: String(actor), concerned: concerns.map(([, id]) => id) })
  }
  return records
}

function fitting(body: RecordBody): string {
  const text = JSON.stringify(body)
  if (Buffer.byteLength(text) <= longestRecord) return text
  const shorter = JSON.stringify({ ...body, d: {}, tr: 1 })
  // Refused here, alone: in a batch it would take the others with it.
  if (Buffer.byteLength(shorter) > longestRecord)
    throw new RangeError(`What is to be recorded of ${body.k} is too long`)
  return shorter
}
