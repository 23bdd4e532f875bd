import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'views')

function files(of: string, end: string): string[] {
  return readdirSync(of, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith(end))
    .map(entry => join(entry.parentPath, entry.name))
}

const views = files(folder, '.ejs').map(path => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }))
const code = files(join(root, 'server'), '.ts')
  .filter(path => !path.endsWith('.test.ts'))
  .map(path => readFileSync(path, 'utf8'))
  .join('\n')

t.test('views put out text escaped, except for includes, the body and cleaned Markdown', async t => {
  t.ok(views.length > 20, 'there are views to look at')
  for (const { path, text } of views)
    for (const [, expression = ''] of text.matchAll(/<%-([\s\S]*?)[-_]?%>/g))
      if (!/^\s*(include\(|body\s*$|markdown\(|qr\s*$)/.test(expression))
        t.fail(`${path} puts out ${expression.trim()} as it is`)
})

t.test('views hold no logic beyond if and for', async t => {
  for (const { path, text } of views)
    for (const [, statement = ''] of text.matchAll(/<%_?(?![-=#%])([\s\S]*?)[-_]?%>/g)) {
      const code = statement.trim()
      if (code === '' || /^(\}|\{|if\b|for\b|const\b|else\b)/.test(code)) continue
      t.fail(`${path} does more than show: ${code.slice(0, 60)}`)
    }
})

t.test('views carry no style, script or handler inside, and nothing from elsewhere', async t => {
  for (const { path, text } of views) {
    t.notMatch(text, /\sstyle=|<style|<script(?! src="<%= asset\()|\son[a-z]+=|javascript:/i, path)
    for (const [, address = ''] of text.matchAll(/(?:src|href|action)="(https?:[^"]*|\/\/[^"]*)"/g))
      t.fail(`${path} points to ${address}`)
  }
})

t.test('every form sends its token, and every view is shown by somebody', async t => {
  for (const { path, text } of views) {
    for (const [form] of text.matchAll(/<form\b[\s\S]*?<\/form>/g))
      if (/method="post"/.test(form) && !/name="csrf" value="<%= csrf %>"/.test(form))
        t.fail(`${path} has a form without its token`)
    const name = path.replace(/\.ejs$/, '')
    const partial = /(^|\/)_/.test(name)
    if (partial) {
      const short = name.split('/').at(-1) ?? ''
      const used = views.some(
        view =>
          view.text.includes(`include('${short}'`) ||
          view.text.includes(`include('/${name}'`) ||
          view.text.includes(`include('${name}'`),
      )
      if (!used) t.fail(`nobody includes ${path}`)
    } else if (name !== 'layout' && !code.includes(`'${name}'`)) t.fail(`nobody shows ${path}`)
  }
})

t.test('the style sheet is small, knows no left or right, and fetches nothing', async t => {
  const css = readFileSync(join(root, 'static/app.css'), 'utf8')
  const script = readFileSync(join(root, 'static/app.js'), 'utf8')
  t.ok(Buffer.byteLength(css) < 24_000, `app.css has ${Buffer.byteLength(css)} bytes`)
  t.ok(Buffer.byteLength(script) < 10_000, `app.js has ${Buffer.byteLength(script)} bytes`)
  for (const path of files(join(root, 'static'), '.css')) {
    const text = readFileSync(path, 'utf8')
    t.notMatch(
      text,
      /(margin|padding|border|inset)-(left|right)|(^|[ ;{])(left|right)\s*:|text-align:\s*(left|right)/m,
      path,
    )
    t.notMatch(text, /@import|url\(\s*['"]?(https?:)?\/\//, path)
  }
  t.notMatch(script, /innerHTML|insertAdjacentHTML|document\.write|eval\(/)
})
