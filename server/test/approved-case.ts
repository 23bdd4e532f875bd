import { join } from 'node:path'
import { type File, openForReading, openForWriting } from '../audit/file.ts'
import { hour, hourOf } from '../audit/formats/layout.ts'
import { type CaseRequest, sealPaper } from '../audit/opening/papers.ts'
import type { Holder } from '../audit/opening/period-key.ts'
import { instanceOf } from '../audit/opening/reading.ts'
import type { Sealable } from '../audit/sealing/segment.ts'
import type { Moment, Writer } from '../audit/writing/writer.ts'
import { enrolHolders, recordOf, type Wrapping, writerIn } from './sealed-log.ts'

/** Monday morning after a month has changed, so that a window of a few days has two months. */
export const begin = Date.parse('2026-10-30T08:00:00Z')
export const hours = 96
export const end = begin + hours * hour
export const people = Array.from({ length: 20 }, (_, index) => `person-${index}`)

export interface CaseLog {
  readonly folder: string
  readonly path: string
  readonly writer: Writer
  readonly file: File
  readonly instance: Buffer
  readonly holders: readonly [Holder, Holder, Holder]
  readonly written: readonly Sealable[]
  readonly moment: Moment
}

/** Four days over the end of a month: in each sixth hour a record of each person, about one of ten letters. */
export async function caseLog(folder: string, wrappings: readonly Wrapping[] = []): Promise<CaseLog> {
  const writer = await writerIn(folder)
  const at = (now: number): Moment => ({ now, trusted: true })
  await writer.start(at(begin))
  const holders = await enrolHolders(writer, 3, at(begin), wrappings)
  const written: Sealable[] = []
  for (let past = 0; past < hours; past += 6) {
    await writer.tick(at(begin + past * hour))
    const records = people.map((who, index) =>
      recordOf(begin + past * hour + index * 60_000, who, kindOf(index), [
        ['letter', `letter-${(index + past) % 10}`],
        ...(index % 7 === 0 ? [['pupil', 'pupil-1'] as const] : []),
      ]),
    )
    await writer.append(records, at(begin + past * hour + 30 * 60_000))
    written.push(...records)
  }
  await writer.tick(at(end))
  const path = join(folder, 'audit.db')
  const file = await openForReading(path)
  const instance = await instanceOf(file)
  const [a, b, c] = holders as [Holder, Holder, Holder]
  return { folder, path, writer, file, instance, holders: [a, b, c], written, moment: at(end) }
}

const kindOf = (index: number) => (['letter.read', 'letter.reply', 'roll.show'] as const)[index % 3] ?? 'home.show'

export function requestOf(changes: Partial<CaseRequest> = {}): CaseRequest {
  return {
    category: 'foreign_account',
    reason:
      'Zwei Familien erhielten Antworten, die sie nicht gegeben haben. Vermutet wird ein fremder Zugriff. Ümlaut ß',
    source: 'guardian',
    subjects: [{ kind: 'account', id: 'person-5', name: 'Ömer Öztürk' }],
    object: null,
    from: '2026-10-30',
    to: '2026-11-02',
    fromMs: begin,
    toMs: end,
    areas: ['letters', 'roll'],
    asked: null,
    ...changes,
  }
}

/** Asks for a case, with the head’s agreement where there are many; returns its number. */
export async function ask(
  { writer, instance, holders, moment }: CaseLog,
  content: CaseRequest = requestOf(),
  requester = 1,
): Promise<number> {
  const id = await writer.nextCase()
  const recipients = holders.map(({ auditor, pair }) => ({ id: auditor, pub: pair.publicKey }))
  const { hash, papers } = await sealPaper(instance, recipients, 'request', content)
  const [from, to] = [hourOf(content.fromMs), hourOf(content.toMs - 1)]
  const { category } = content
  const asked = { case: id, category, requester, request: hash, papers, from, to } as const
  const { head } = await writer.step({ step: 'request', ...asked }, moment)
  if (head === 'needed') await writer.step({ step: 'endorse', case: id }, moment)
  return id
}

export async function decide(
  { writer, instance, holders, moment }: CaseLog,
  id: number,
  reviewer = 2,
  step: 'approve' | 'deny' = 'approve',
): Promise<void> {
  const recipients = holders.map(({ auditor, pair }) => ({ id: auditor, pub: pair.publicKey }))
  const content = { decision: step, words: 'Der Anlass ist ernst und der Zeitraum kurz.', ticks: ['necessary'] }
  const { hash, papers } = await sealPaper(instance, recipients, 'review', content)
  await writer.step({ step, case: id, reviewer, review: hash, papers }, moment)
}

export async function present({ writer, moment }: CaseLog, id: number, ...auditors: readonly number[]): Promise<void> {
  for (const auditor of auditors) await writer.step({ step: 'present', case: id, auditor }, moment)
}

/** A case that two auditors may open now. */
export async function approvedCase(log: CaseLog, content?: CaseRequest): Promise<number> {
  const id = await ask(log, content)
  await decide(log, id)
  await present(log, id, 1, 2)
  return id
}

/** The log, opened by somebody who takes every belt of the database off. */
export async function withoutBelts(path: string): Promise<File> {
  const file = await openForWriting(path)
  const triggers = await file.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
  await file.script(
    `PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; DROP INDEX IF EXISTS audit_ledger_case;
     ${triggers.map(trigger => `DROP TRIGGER ${trigger.name};`).join('')}`,
  )
  return file
}
