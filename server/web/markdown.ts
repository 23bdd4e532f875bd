import MarkdownIt from 'markdown-it'
import sanitize from 'sanitize-html'

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true }).disable([
  'image',
  'table',
  'code',
  'fence',
  'hr',
  'html_block',
  'html_inline',
  'reference',
  'strikethrough',
])

/** The only places a link may lead to; any other is left as it was typed. */
const leadsOut = /^(https:\/\/|mailto:)/i
markdown.validateLink = address => leadsOut.test(address)

const allowed: sanitize.IOptions = {
  allowedTags: ['p', 'br', 'strong', 'em', 'ul', 'ol', 'li', 'h2', 'h3', 'a', 'blockquote'],
  allowedAttributes: { a: ['href', 'rel'] },
  allowedSchemes: ['https', 'mailto'],
  allowProtocolRelative: false,
  transformTags: {
    a: (tagName, { href = '' }) => ({
      tagName,
      attribs: leadsOut.test(href) ? { href, rel: 'noopener noreferrer' } : {},
    }),
    h1: 'h2',
    h4: 'h3',
    h5: 'h3',
    h6: 'h3',
  },
}

/** HTML reduced to the allow-list; what has been reduced once stays as it is. */
export function onlyAllowed(html: string): string {
  return sanitize(html, allowed)
}

const known = new Map<string, string>()

/**
 * Small Markdown as HTML for `<%-`: paragraphs, emphasis, lists, two levels of headings, links to https and mail.
 *
 * HTML in the source is text. The result passes an allow-list, whatever the parser made of it.
 */
export function renderMarkdown(source: string): string {
  const before = known.get(source)
  if (before !== undefined) return before
  const html = onlyAllowed(markdown.render(source))
  if (known.size >= 500) known.clear()
  known.set(source, html)
  return html
}
