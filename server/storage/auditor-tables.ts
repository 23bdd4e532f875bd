/** The columns of the tables about who becomes an auditor, and who is suspended. */
export interface AuditorTables {
  auditor_invitations: {
    id: number
    account_id: string
    trained_on: string
    invited_by: string
    invited_at: string
    confirmed_by: string | null
    confirmed_at: string | null
    withdrawn_at: string | null
    auditor: number | null
    enrolled_at: string | null
  }
  auditor_suspensions: {
    id: number
    auditor: number
    account_id: string
    how: 'suspended' | 'left'
    begun_by: string
    begun_at: string
    decided_by: string | null
    decided_at: string | null
    outcome: 'revoked' | 'reinstated' | null
  }
}
