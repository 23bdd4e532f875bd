import { randomBytes } from 'node:crypto'
import type { File } from '../file.ts'
import type { Category, PaperKind, Result, SealedPaper } from '../formats/cases.ts'
import type { Entry } from '../formats/entries.ts'
import { sha256, u64 } from '../formats/layout.ts'
import type { Area } from '../kinds.ts'
import { linesOfCase } from '../ledger-lines.ts'
import { zero } from '../sealing/auditor-key.ts'
import { generateKeyPair, open, type Sealed, seal } from '../sealing/hpke.ts'
import type { Holder } from './period-key.ts'

export type { PaperKind, SealedPaper } from '../formats/cases.ts'

/** What is asked for, and why. Once requested it is frozen: its hash stands in the ledger. */
export interface CaseRequest {
  readonly category: Category
  readonly reason: string
  /** Where the suspicion comes from. */
  readonly source: string
  readonly subjects: readonly { readonly kind: 'account'; readonly id: string; readonly name: string }[]
  readonly object: { readonly kind: 'pupil' | 'letter'; readonly id: string; readonly name: string } | null
  /** School days, `YYYY-MM-DD`, both included. */
  readonly from: string
  readonly to: string
  /** The same in milliseconds since 1970, `toMs` not included. */
  readonly fromMs: number
  readonly toMs: number
  readonly areas: readonly Area[]
  /** How a person asked to see what is recorded about them (category `access`). */
  readonly asked: 'portal' | 'paper' | null
  /** Marks of the session, the browser and the authenticator with which it was made: a second person has others. */
  readonly made?: { readonly session: string | null; readonly device: string | null; readonly factor: string | null }
}

/** The decision of the second auditor, in their own words. */
export interface CaseReview {
  readonly decision: 'approve' | 'deny'
  readonly words: string
  readonly ticks: readonly ('necessary' | 'milder' | 'unbiased')[]
}

/** What came of a case, and who is told about it when. */
export interface CaseResult {
  readonly result: Result
  readonly words: string
  readonly people: readonly { readonly id: string; readonly name: string; readonly kind: string }[]
  readonly deferral: { readonly until: string; readonly reason: string } | null
}

/** The paper cannot be read with this key, or is not the one that the ledger names. It is never said which. */
export class PaperStaysClosed extends Error {}

/** Papers are padded to a multiple of so many bytes: their length says little about what they tell. */
const pad = 1024

/** JSON without spaces, the fields of each object sorted by name: the same content has the same bytes. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** What a copy is bound to. The case is named by the ledger's line, which names this hash. */
const paperAad = (kind: PaperKind, auditor: number, hash: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`pforte-paper/1/${kind}\0`), u64(auditor), hash])

export interface Recipient {
  readonly id: number
  readonly pub: Buffer
  /** They are not to read it. What they get looks the same and opens for nobody. */
  readonly dummy?: true
}

/** Sealed to a key that nobody has, so that neither its length nor its form tells it from the others. */
async function dummyOf(instance: Buffer, aad: Buffer, length: number): Promise<Sealed> {
  const { publicKey, privateKey } = await generateKeyPair()
  zero(privateKey)
  return seal(publicKey, 'pap', instance, aad, randomBytes(length))
}

/**
 * Seals a paper to each of these auditors. `hash` is what the ledger will name: nobody can change the paper after that,
 * and by its salt nobody can guess it.
 */
export async function sealPaper(
  instance: Buffer,
  recipients: readonly Recipient[],
  kind: PaperKind,
  content: object,
): Promise<{ hash: string; papers: SealedPaper[] }> {
  const text = Buffer.from(canonical({ content, kind, salt: randomBytes(32).toString('hex') }))
  const hash = sha256(text)
  const plain = Buffer.alloc(Math.ceil(text.length / pad) * pad, ' ')
  text.copy(plain)
  try {
    const papers = await Promise.all(
      recipients.map(async ({ id, pub, dummy }) => {
        const aad = paperAad(kind, id, hash)
        const copy = dummy ? dummyOf(instance, aad, plain.length) : seal(pub, 'pap', instance, aad, plain)
        return { auditor: id, ...(await copy) }
      }),
    )
    return { hash: hash.toString('hex'), papers }
  } finally {
    zero(text, plain)
  }
}

/** The ledger's lines that name a paper of this kind, and the field in which they do. */
const naming: Readonly<Record<PaperKind, readonly [lines: readonly Entry['k'][], field: string]>> = {
  request: [['lookup_requested'], 'request'],
  review: [['lookup_approved', 'lookup_denied'], 'review'],
  result: [['lookup_closed'], 'paper'],
}

/** A paper of a case, as this auditor may read it: exactly what the ledger's line names. */
export async function openPaper<T>(
  file: File,
  instance: Buffer,
  caseId: number,
  kind: PaperKind,
  holder: Holder,
): Promise<T> {
  const { content } = JSON.parse(await openPaperText(file, instance, caseId, kind, holder)) as { content: T }
  return content
}

/** The same as it was hashed: with its kind and its salt, and sorted. */
export async function openPaperText(
  file: File,
  instance: Buffer,
  caseId: number,
  kind: PaperKind,
  { auditor, pair }: Holder,
): Promise<string> {
  const [lines, field] = naming[kind]
  const [line, ...more] = (await linesOfCase(file, caseId)).filter(one => lines.includes(one.k))
  const [row] = await file.all<Sealed>(
    'SELECT enc, sealed FROM audit_paper WHERE case_id = ? AND kind = ? AND auditor_id = ?',
    ...[caseId, kind, auditor],
  )
  const closed = new PaperStaysClosed(`the ${kind} of case ${caseId} cannot be read`)
  if (!row || !line || more.length > 0) throw closed
  const hash = Buffer.from(String(line[field]), 'hex')
  const plain = await open(pair, 'pap', instance, paperAad(kind, auditor, hash), row).catch(() => {
    throw closed
  })
  const text = plain.toString('utf8').trimEnd()
  zero(plain)
  if (!sha256(text).equals(hash)) throw closed
  return text
}
