/** One thing that `pforte status` looked at: how it stands, and what to do about it. */
export interface Finding {
  readonly light: 'GRÜN' | 'GELB' | 'ROT'
  readonly text: string
  readonly todo?: string
}
