import type { Checked, Form, FormError } from '../web/form.ts'

export interface InvitationInput {
  readonly person: string
  readonly trainedOn: string
}

/** Who is invited, and the day of their training, which has been. */
export function checkInvitation(
  form: Form,
  today: string,
  people: readonly { readonly id: string }[],
): Checked<InvitationInput> {
  const errors: FormError[] = []
  const person = form.text('person')
  const trainedOn = form.text('trained_on').trim()
  if (!people.some(one => one.id === person)) errors.push({ field: 'person', key: 'auditors.person-missing' })
  if (!isDay(trainedOn)) errors.push({ field: 'trained_on', key: 'auditors.trained-missing' })
  else if (trainedOn > today) errors.push({ field: 'trained_on', key: 'auditors.trained-future' })
  return errors.length > 0 ? { ok: false, errors } : { ok: true, input: { person, trainedOn } }
}

function isDay(text: string): boolean {
  if (!/^(19|20)\d\d-\d\d-\d\d$/.test(text)) return false
  const day = new Date(`${text}T12:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}
