/** A time as people read it, with its zone: that of whoever runs the check. */
export const say = (ms: number): string => {
  const parts = { day: 'numeric', month: 'numeric', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const
  return new Date(Math.min(ms, 8.64e15)).toLocaleString('de-DE', { ...parts, timeZoneName: 'short' })
}
