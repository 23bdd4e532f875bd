import t from 'tap'
import { attacks } from '../test/html.ts'
import { onlyAllowed, renderMarkdown } from './markdown.ts'

const elements = new Set(['p', 'br', 'strong', 'em', 'ul', 'ol', 'li', 'h2', 'h3', 'a', 'blockquote'])
const link = /^<a href="(https:\/\/|mailto:)[^"<>]*" rel="noopener noreferrer">$/

/** Every element is one of ours, a link leads to https or mail, and nothing else carries an attribute. */
function isHarmless(html: string): boolean {
  const tags = html.match(/<[^>]*>?/g) ?? []
  return tags.every(tag => {
    const [, name = ''] = /^<\/?([a-z0-9]+)/.exec(tag) ?? []
    if (!elements.has(name)) return false
    return name === 'a' && !tag.startsWith('</') ? link.test(tag) || tag === '<a>' : /^<\/?[a-z0-9]+( \/)?>$/.test(tag)
  })
}

const addresses = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  'java\nscript:alert(1)',
  '\x01javascript:alert(1)',
  ' javascript:alert(1)',
  'javascript&colon;alert(1)',
  'javascript&#58;alert(1)',
  '&#106;avascript:alert(1)',
  'javascript%3Aalert(1)',
  'vbscript:x',
  'data:text/html,<script>alert(1)</script>',
  'data:text/html;base64,PHNjcmlwdD4=',
  'file:///etc/passwd',
  'blob:https://a.example/1',
  'http://a.example/',
  '//evil.example/',
  '\\\\evil.example',
  '/letters',
  'ftp://a.example',
  'tel:+4930',
  'sms:1',
  'view-source:https://a.example',
  'about:blank',
  'feed:javascript:alert(1)',
  'https:javascript:alert(1)',
  'mailto:a@b.example?body="><img src=x>',
]
const shapes = (address: string) => [
  `[x](${address})`,
  `[x](<${address}>)`,
  `<${address}>`,
  `![x](${address})`,
  `[x][1]\n\n[1]: ${address}`,
  `[![x](${address})](${address})`,
  `[x](${address} "title\\" onclick=alert(1)")`,
]

t.test('small Markdown is what it says (B13)', async t => {
  const html = renderMarkdown(
    '# Titel\n\nEin **fettes** und *schräges* Wort\nund eine neue Zeile.\n\n- eins\n- zwei\n\n1. a\n\n> Zitat\n\n[Schule](https://schule.example/a?b=c&d) <mail@schule.example>',
  )
  t.equal(
    html.replaceAll('\n', ''),
    '<h2>Titel</h2><p>Ein <strong>fettes</strong> und <em>schräges</em> Wort<br />und eine neue Zeile.</p><ul><li>eins</li><li>zwei</li></ul><ol><li>a</li></ol><blockquote><p>Zitat</p></blockquote><p><a href="https://schule.example/a?b=c&amp;d" rel="noopener noreferrer">Schule</a> <a href="mailto:mail@schule.example" rel="noopener noreferrer">mail@schule.example</a></p>',
  )
  t.ok(isHarmless(html))
})

t.test('HTML in a letter is text (B13)', async t => {
  for (const attack of attacks) {
    for (const source of [
      attack,
      `**${attack}**`,
      `- ${attack}`,
      `# ${attack}`,
      `> ${attack}`,
      `[${attack}](https://a.example)`,
      `[x](https://a.example/${attack})`,
      `a\n${attack}\nb`,
      `    ${attack}`,
      `\`${attack}\``,
      `<https://a.example/${attack}>`,
    ]) {
      const html = renderMarkdown(source)
      t.ok(isHarmless(html), `${JSON.stringify(source)} gives ${html}`)
    }
  }
  t.match(
    renderMarkdown('<script>alert(1)</script>'),
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    'and is shown as it was typed',
  )
})

t.test('links lead to https and mail only, whatever they are dressed as (B13)', async t => {
  for (const address of addresses) {
    for (const source of shapes(address)) {
      const html = renderMarkdown(source)
      t.ok(isHarmless(html), `${JSON.stringify(source)} gives ${html}`)
      t.notMatch(html, /href="(?!https:\/\/|mailto:)/i)
      t.notMatch(html, /<img/)
    }
  }
})

t.test(
  'what has been cleaned once is not changed by cleaning it again, so no browser reads it differently (B13)',
  async t => {
    const mutating = [
      '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
      '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
      '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=alert(1) src>">',
      '<a href="https://a.example" href="javascript:alert(1)">x</a>',
      '<a href="https://a.example"onclick=alert(1)>x</a>',
      '<p><p><ul><li><p></ul>',
      '<h2><h3></h2></h3>',
      '<a><a href=javascript:x><b>',
      '<p title="</p><script>alert(1)</script>">',
      '<listing>&lt;img onerror=alert(1) src=x&gt;</listing>',
      '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
      '<template><p></template><img src=x onerror=alert(1)>',
      '<select><template><style><!--</style><a rel="--></style></template></select><img src onerror=alert(1)>">',
      '<ul><li style=x:expression(alert(1))>',
      '<p\0onclick=alert(1)>',
      '<P ONCLICK=alert(1)>',
      '<a href="https://a.example" style="x" class="y" target="_blank" id="csrf" name="csrf">x</a>',
    ]
    for (const html of [...mutating, ...attacks]) {
      const once = onlyAllowed(html)
      t.ok(isHarmless(once), `${html} gives ${once}`)
      t.equal(onlyAllowed(once), once, html)
    }
    for (const source of [...attacks, ...addresses.flatMap(shapes)])
      t.equal(onlyAllowed(renderMarkdown(source)), renderMarkdown(source))
  },
)

t.test('no text keeps the portal busy for long (B13)', async t => {
  for (const piece of ['[', '**a', '> ', '- ', '*a_', '![](', '<a', '`', '&', '\\', '_*'])
    t.ok(isHarmless(renderMarkdown(piece.repeat(Math.floor(20_000 / piece.length)))), piece)
})
