import t from 'tap'
import { startEmpty } from './test/empty.ts'
import { openWire } from './test/wire.ts'

t.test(
  'who dribbles in headers, or opens a line and says nothing, is cut off; others are served meanwhile (B34)',
  async t => {
    const { portal, visitor } = await startEmpty(t)
    const dribbling = await Promise.all(Array.from({ length: 50 }, () => openWire(portal.port)))
    for (const { socket } of dribbling) socket.write(`GET /help HTTP/1.1\r\nHost: localhost:${portal.port}\r\nX-Slow: `)
    const silent = await openWire(portal.port)
    const started = performance.now()
    const times: number[] = []
    const browser = visitor()
    for (let number = 0; number < 100; number++) {
      const asked = performance.now()
      t.equal((await browser.get('/help')).status, 200)
      times.push(performance.now() - asked)
    }
    t.ok(Math.max(...times) < 1000, 'the others notice nothing')
    const answers = await Promise.all(dribbling.map(wire => wire.ended()))
    t.ok(performance.now() - started < 15_000)
    for (const answer of answers) t.match(answer, /^HTTP\/1.1 408/)
    t.match(await silent.ended(), /^(HTTP\/1.1 408|$)/)
  },
)
