import t from 'tap'
import { startTally } from './tally.ts'

function tallyOf(report: string) {
  const lines: string[] = []
  const { read, tally } = startTally(line => lines.push(line))
  for (const line of report.split('\n')) read(line)
  return { ...tally, lines }
}

const end = '# { total: 1, pass: 1 }'

t.test('a subtest that only repeats what its parts said is not counted again', async t => {
  const { passed, failed, finished, lines } = tallyOf(`TAP version 14
# Subtest: server/letters/letters.test.ts
    # Subtest: a guardian reads
        ok 1 - should be equal
        ok 2 - should be equal
        1..2
    ok 1 - a guardian reads # time=9ms
    1..1
ok 1 - server/letters/letters.test.ts # time=65ms
${end}`)
  t.strictSame([passed, failed, finished], [2, 0, true])
  t.strictSame(lines, ['ok  server/letters/letters.test.ts  65ms  2 passed, 0 failed'])
})

t.test('skipped and todo tests fail', async t => {
  const { passed, failed } = tallyOf(`ok 1 - later # SKIP no time
ok 2 - some day # TODO
ok 3 - server/empty.test.ts # SKIP no tests found
${end}`)
  t.strictSame([passed, failed], [0, 3])
})

t.test('a process that ended in the middle fails although every result was good', async t => {
  const { passed, failed, lines } = tallyOf(`# Subtest: server/roll.test.ts
    ok 1 - should be equal
    # test count(1) != plan(null)
not ok 1 - server/roll.test.ts # time=947ms
  ---
  signal: SIGKILL
  ...
${end}`)
  t.strictSame([passed, failed], [1, 1])
  t.match(lines, [/^FAILED/, '  failed: server/roll.test.ts # time=947ms', /signal: SIGKILL/])
})

t.test('results inside the details of a failure are not results', async t => {
  const { passed, failed, lines } = tallyOf(`# Subtest: server/a.test.ts
    not ok 1 - should match
      ---
      diff: |
        +    not ok 5
        ok 6
    ok 7 - quoted
      ...
    ok 2 - should be equal
not ok 1 - server/a.test.ts
  ---
  exitCode: 1
  ...
${end}`)
  t.strictSame([passed, failed], [1, 1])
  t.match(lines[0], 'failed: server/a.test.ts › should match')
  t.notMatch(lines.join('\n'), 'exitCode')
})

t.test('a report that breaks off is not finished', async t => {
  t.equal(tallyOf('ok 1 - should be equal').finished, false)
  t.equal(tallyOf('Bail out! no memory').failed, 1)
})
