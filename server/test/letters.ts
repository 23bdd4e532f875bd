import type { School } from './school.ts'

/** The fields of the form for a letter, as a teacher fills it in for a group's guardians. */
export function draftIn(
  group: string | undefined,
  fields: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    title: 'Ausflug in den Zoo',
    text: 'Liebe Eltern,\n\nwir gehen in den Zoo.',
    audience: `${group}:guardians`,
    answer: 'yes_no',
    question: 'Kommt Ihr Kind mit?',
    choices: '',
    respond_by: '2026-11-27',
    next: 'preview',
    ...fields,
  }
}

/** A letter that Paula has sent to the guardians of 5b. */
export async function publishedLetter(school: School): Promise<{ id: string; number: string }> {
  const paula = await school.seated('paula')
  const draft = await paula.post('/letters', draftIn(school.ids.groups['5b']))
  const id = /\/letters\/([0-9a-z]{16})\/preview/.exec(draft.headers.location ?? '')?.[1] ?? ''
  await paula.post(`/letters/${id}/publication`)
  const { number } = await school.house.database.reader('letters').where({ id }).first('number')
  return { id, number: number as string }
}
