import type { Language } from './i18n.ts'

/** What somebody does at the school, from the keys that an auditor's row holds. */
export function officesIn({ t, has }: Language, offices: string): string {
  return offices
    .split(', ')
    .map(one => (has(`staff.office.${one}`) ? t(`staff.office.${one}`) : one))
    .join(', ')
}
