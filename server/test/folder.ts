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
