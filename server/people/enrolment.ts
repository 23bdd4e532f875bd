/** A second factor that somebody has begun to set up. It counts only once they have shown that it works. */
export type NewFactor =
  | { readonly kind: 'totp'; readonly id: string; readonly secret: Buffer }
  | { readonly kind: 'passkey'; readonly id: string }
