import type { File } from '../file.ts'
import type { Anchor } from '../writing/anchor.ts'

/** Told before and after everything that reaches the disk, by a name like `before COMMIT`; may throw or never return. */
export type Step = (name: string) => void

const firstWords = (sql: string): string => sql.trim().split(/\s+/).slice(0, 3).join(' ')

/** The file, with a step around each statement. */
export function steppingFile(file: File, step: Step): File {
  const around = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    step(`before ${firstWords(sql)}`)
    const result = await work()
    step(`after ${firstWords(sql)}`)
    return result
  }
  const stepping: File = {
    run: (sql, ...values) => around(sql, () => file.run(sql, ...values)),
    script: sql => around(sql, () => file.script(sql)),
    all: <Row>(sql: string, ...values: Parameters<File['all']>[1][]) =>
      around(sql, () => file.all<Row>(sql, ...values)),
    async atomically(work) {
      step('before BEGIN')
      await file.run('BEGIN IMMEDIATE')
      try {
        step('after BEGIN')
        const result = await work()
        await stepping.run('COMMIT')
        return result
      } catch (problem) {
        await file.run('ROLLBACK').catch(() => undefined)
        throw problem
      }
    },
    close: () => file.close(),
  }
  return stepping
}

/** The anchor, with a step around each of its writes. */
export function steppingAnchor(anchor: Anchor, step: Step): Anchor {
  const around = async (name: string, work: () => Promise<void>): Promise<void> => {
    step(`before ${name}`)
    await work()
    step(`after ${name}`)
  }
  return {
    read: () => anchor.read(),
    write: note => around('anchor', () => anchor.write(note)),
    keep: (note, generation) => around('keep', () => anchor.keep(note, generation)),
    highest: () => anchor.highest(),
  }
}
