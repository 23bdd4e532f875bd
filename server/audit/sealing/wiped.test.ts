import { hash, randomBytes } from 'node:crypto'
import t from 'tap'
import { segmentAad } from '../formats/layout.ts'
import { generateKeyPair, open } from './hpke.ts'
import { OpenSegment } from './segment.ts'

t.test('a segment that has ended leaves no copy of its index key where buffers are taken from', async t => {
  const [instance, period] = [randomBytes(16), await generateKeyPair()]
  const place = { id: 1, period: 1, hour: 500_000 }
  const segment = await OpenSegment.start(instance, period.publicKey, place)
  segment.seal({ body: '{"v":1}', actor: 'actor', concerned: ['pupil', 'letter'] })
  segment.wipe()
  const pool = Buffer.from(Buffer.from(Buffer.allocUnsafe(1).buffer))
  const key = await open(period, 'seg', instance, segmentAad(place), segment.segment)
  const index = hash('sha256', Buffer.concat([Buffer.from('pforte/idx/1'), key]), 'hex')
  t.notOk(pool.toString('hex').includes(index))
})
