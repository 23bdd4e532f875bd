import { createPrivateKey } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { openForWriting } from './file.ts'
import type { AuditorRow } from './formats/layout.ts'
import { CaseRefused, type Refusal } from './formats/refusal.ts'
import type { Sealable } from './sealing/segment.ts'
import { anchorIn } from './writing/anchor.ts'
import type { AuditorStep } from './writing/auditor-steps.ts'
import type { CaseStep } from './writing/case-steps.ts'
import type { Fields } from './writing/ledger.ts'
import type { Standing } from './writing/standing.ts'
import { type Moment, Writer, type WriterOptions } from './writing/writer.ts'

/** What the web's thread asks of the thread that seals and writes. */
export type Act =
  | { readonly act: 'append'; readonly records: readonly Sealable[] }
  | { readonly act: 'start' | 'tick' | 'next-auditor' | 'next-case' | 'close' }
  | { readonly act: 'clock-stepped'; readonly before: number }
  | { readonly act: 'note'; readonly kind: Parameters<Writer['note']>[0]; readonly fields: Fields }
  | { readonly act: 'enrol'; readonly auditor: AuditorRow }
  | { readonly act: 'prune'; readonly confirmed: number | null }
  | { readonly act: 'appoint'; readonly step: AuditorStep }
  | { readonly act: 'step'; readonly step: CaseStep }

export type Question = Act & { readonly id: number; readonly moment: Moment }

export interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly reason?: Refusal }
  /** How the log stands, after whatever changed its ledger. */
  readonly standing?: Standing
}

export interface WorkerOptions extends Omit<WriterOptions, 'key' | 'watch'> {
  readonly file: string
  readonly anchor: string
  /** PEM. */
  readonly key: string
}

export interface Pruned {
  readonly segments: number
  readonly records: number
  readonly refused: 'clock' | 'too-much' | null
}

const port = parentPort
if (!port) throw new Error('This runs as a worker only')
const options = workerData as WorkerOptions
const writer = new Writer(await openForWriting(options.file), anchorIn(options.anchor), {
  ...options,
  key: createPrivateKey(options.key),
})

/** Between threads a Buffer arrives as the plain bytes that it was, wherever it stood. */
function withBuffers<T>(value: T): T {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength) as unknown as T
  if (Array.isArray(value)) return value.map(withBuffers) as unknown as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withBuffers(one)])) as T
}

let told = ''
let closing = false
let queue: Promise<unknown> = Promise.resolve()
/** One after the other, in the order in which they were asked. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = queue.then(work)
  queue = turn.catch(() => undefined)
  return turn
}

/** Segment by segment, so that records can be written in between; a stop ends it, and what is left is due again later. */
async function prune(confirmed: number | null, moment: Moment): Promise<Pruned> {
  const { due, refused } = await inTurn(() => writer.planPruning(confirmed, moment))
  let [segments, records] = [0, 0]
  for (const segment of due) {
    if (closing) break
    await inTurn(() => writer.prune(segment, moment))
    segments += 1
    records += segment.n
  }
  if (segments > 0 && !closing) await inTurn(() => writer.endPruning(moment))
  return { segments, records, refused }
}

function run(question: Question): Promise<unknown> {
  const { moment } = question
  switch (question.act) {
    case 'append':
      return inTurn(() => writer.append(question.records, moment))
    case 'start':
      return inTurn(() => writer.start(moment))
    case 'tick':
      return inTurn(() => writer.tick(moment))
    case 'clock-stepped':
      return inTurn(() => writer.clockStepped(question.before, moment))
    case 'note':
      return inTurn(() => writer.note(question.kind, question.fields, moment))
    case 'next-auditor':
      return inTurn(() => writer.nextAuditor())
    case 'enrol':
      return inTurn(() => writer.enrol(withBuffers(question.auditor), moment))
    case 'appoint':
      return inTurn(() => writer.appoint(withBuffers(question.step), moment))
    case 'next-case':
      return inTurn(() => writer.nextCase())
    case 'step':
      return inTurn(() => writer.step(withBuffers(question.step), moment))
    case 'prune':
      return prune(question.confirmed, moment)
    case 'close':
      closing = true
      return inTurn(() => writer.close(moment))
  }
}

async function answer(question: Question): Promise<Answer> {
  const { id, moment } = question
  try {
    const result = await run(question)
    const standing = closing ? null : await inTurn(() => writer.standing(moment, told))
    if (standing) told = standing.note
    return { id, result, ...(standing ? { standing } : {}) }
  } catch (error) {
    if (error instanceof CaseRefused)
      return { id, error: { name: error.name, message: error.message, reason: error.reason } }
    const { name, message } = error as Error
    return { id, error: { name, message } }
  }
}

/** The ledger knows no time before 1970; a clock without its battery may. */
const since1970 = (question: Question): Question => ({
  ...question,
  ...(question.act === 'clock-stepped' && { before: Math.max(0, question.before) }),
  moment: { ...question.moment, now: Math.max(0, question.moment.now) },
})

port.on('message', (question: Question) => void answer(since1970(question)).then(reply => port.postMessage(reply)))
