import { createServer } from 'node:https'
import Koa from 'koa'
import { readCertificate } from '../tls.ts'

/** What the portal is measured against: Koa alone, with the portal's certificate and a page of 12 KB. */
const [data = '', port = ''] = process.argv.slice(2)
const row = '<p>Eine Zeile, die nichts weiß und für alle gleich ist.</p>\n'
const page = `<!doctype html>\n<title>Bare Koa</title>\n${row.repeat(400)}`.slice(0, 12_000)

const app = new Koa()
app.use(context => {
  context.type = 'html'
  context.body = page
})
const answer = app.callback()
createServer(
  { ...readCertificate(data), minVersion: 'TLSv1.2' },
  (request, response) => void answer(request, response),
).listen(Number(port), '127.0.0.1')
