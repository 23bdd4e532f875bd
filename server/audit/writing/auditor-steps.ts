interface OfAuditor {
  readonly auditor: number
}

/** What can happen to an auditor after their appointment. */
export type AuditorStep =
  | (OfAuditor & { readonly step: 'revoke' })
  | (OfAuditor & {
      readonly step: 'passphrase'
      readonly wrapped: Buffer
      readonly nonce: Buffer
      readonly salt: Buffer
      readonly kdf: string
    })
  | {
      readonly step: 'reissue'
      readonly period: number
      readonly shares: readonly {
        readonly auditor: number
        readonly no: number
        readonly enc: Buffer
        readonly sealed: Buffer
      }[]
    }
