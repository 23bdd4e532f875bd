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
