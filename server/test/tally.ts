/** What a run of tap came to. Skipped and todo tests are failures here: nothing is skipped silently. */
export type Tally = { passed: number; failed: number; finished: boolean }

type Level = { results: number; failed: number }

const result = /^( *)(not ok|ok)(?: (\d+))?(?: - (.*))?$/
const unfinished = /# (SKIP|TODO)\b/

/**
 * Counts the results in tap's report (its `tap` reporter), one line at a time.
 *
 * A subtest's own line repeats what its parts said, so it counts only where it failed and no part did:
 * a killed process, a wrong plan. `report` gets one line for each file and the lines of each failure.
 */
export function startTally(report: (line: string) => void) {
  const tally: Tally = { passed: 0, failed: 0, finished: false }
  const levels = new Map<number, Level>()
  const names: string[] = []
  let details: { end: string; shown: boolean } | undefined
  let detailsMayFollow: { indent: number; shown: boolean } | undefined
  let before = { passed: 0, failed: 0 }

  function count(indent: number, good: boolean, label: string) {
    const parts = levels.get(indent + 4)
    for (const deeper of levels.keys()) if (deeper > indent) levels.delete(deeper)
    const level = levels.get(indent) ?? { results: 0, failed: 0 }
    levels.set(indent, { results: level.results + 1, failed: level.failed + (good ? 0 : 1) })
    const isRepeated = parts !== undefined && parts.results > 0 && (good || parts.failed > 0)
    if (!isRepeated) tally[good ? 'passed' : 'failed'] += 1
    names.length = indent / 4
    if (indent === 0) closeFile(label)
    const shown = !good && !isRepeated
    if (shown) report(`  failed: ${[...names, label].join(' › ')}`)
    detailsMayFollow = { indent, shown }
  }

  function closeFile(label: string) {
    const passed = tally.passed - before.passed
    const failed = tally.failed - before.failed
    report(`${failed === 0 ? 'ok' : 'FAILED'}  ${label.replace(' # time=', '  ')}  ${passed} passed, ${failed} failed`)
    before = { passed: tally.passed, failed: tally.failed }
  }

  function read(line: string) {
    if (details) {
      if (line === details.end) details = undefined
      else if (details.shown) report(`    ${line}`)
      return
    }
    const mayFollow = detailsMayFollow
    detailsMayFollow = undefined
    if (mayFollow && line === `${' '.repeat(mayFollow.indent)}  ---`) {
      details = { end: line.replace('---', '...'), shown: mayFollow.shown }
      return
    }
    const subtest = /^( *)# Subtest: (.*)$/.exec(line)
    if (subtest) names[(subtest[1] ?? '').length / 4] = subtest[2] ?? ''
    if (line.startsWith('# { total: ')) tally.finished = true
    if (line.startsWith('Bail out!')) count(0, false, line)
    const found = result.exec(line)
    if (!found) return
    const label = found[4] ?? ''
    count((found[1] ?? '').length, found[2] === 'ok' && !unfinished.test(line), label)
  }

  return { read, tally }
}
