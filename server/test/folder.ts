import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/**
 * A folder of its own for a test; it goes when everything in it has been closed.
 *
 * tap removes a test's folder before the teardowns that were asked for after it, so one is asked for first.
 */
export function folderFor(t: Pick<Test, 'testdir' | 'teardown'>): string {
  t.teardown(() => undefined)
  return t.testdir()
}

/** A folder for the time of a test, in memory where the system has such a place: a sync then costs nothing. */
export function quickFolder(test: { teardown(work: () => void): void }): string {
  const memory = '/dev/shm'
  const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'pforte-test-'))
  test.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}
