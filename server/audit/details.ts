import { type Action, type Allowed, everywhere, type Kind, kinds } from './kinds.ts'

/** What a detail of a kind may be, or undefined where records of that kind have no such detail. */
export function allowedDetail(action: Action, name: string): Allowed | undefined {
  const own: Kind['details'] = kinds[action].details
  if (Object.hasOwn(own, name)) return own[name]
  return Object.hasOwn(everywhere, name) ? everywhere[name] : undefined
}

/**
 * Returns the details as they may stand in a record of this kind.
 *
 * Throws where one is not in the inventory. The error names the kind and the detail, never the value: it may
 * be just what must not be written down.
 */
export function checkedDetails(
  action: Action,
  details: Readonly<Record<string, unknown>>,
): Record<string, string | number> {
  if (!Object.hasOwn(kinds, action)) throw new Error('A record is of a kind that is not in the inventory')
  const checked: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(details)) {
    const rule = allowedDetail(action, name)
    if (rule === undefined) throw new Error(`A record of ${action} has no detail ${name}`)
    if (!fits(rule, value)) throw new Error(`The detail ${name} of ${action} has a value that is not in the inventory`)
    checked[name] = value
  }
  return checked
}

function fits(rule: Allowed, value: unknown): value is string | number {
  if (rule === 'number') return Number.isSafeInteger(value)
  if (typeof value !== 'string') return false
  return rule === 'kind' ? Object.hasOwn(kinds, value) : rule.includes(value)
}
