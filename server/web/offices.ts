import type { Language } from './i18n.ts'

/** What somebody does at the school, from the keys that an auditor's row holds; of several people, each office once. */
export function officesIn({ t, has, list }: Language, offices: string): string {
  const named = offices.split(', ').map(one => (has(`staff.office.${one}`) ? t(`staff.office.${one}`) : one))
  return list([...new Set(named)])
}
