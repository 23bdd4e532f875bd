import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import t from 'tap'
import { actions } from '../audit/kinds.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'config/locales')
const catalogues = new Map(
  readdirSync(folder).map(file => [
    file.replace('.json', ''),
    JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, string>,
  ]),
)
const german = catalogues.get('de') ?? {}

interface Part {
  type: number
  value?: string
  options?: Record<string, { value: Part[] }>
}

function parts(text: string, language: string): Part[] {
  return new IntlMessageFormat(text, language, undefined, { ignoreTag: true }).getAst() as unknown as Part[]
}

function placeholders(found: readonly Part[]): string[] {
  return found.flatMap(part => [
    ...(part.type !== 0 && part.type !== 7 && part.value ? [part.value] : []),
    ...Object.values(part.options ?? {}).flatMap(option => placeholders(option.value)),
  ])
}

function plurals(found: readonly Part[]): string[][] {
  return found.flatMap(part => [
    ...(part.type === 6 ? [Object.keys(part.options ?? {}).filter(name => !name.startsWith('='))] : []),
    ...Object.values(part.options ?? {}).flatMap(option => plurals(option.value)),
  ])
}

function files(path: string, endings: readonly string[]): string[] {
  return readdirSync(join(root, path), { withFileTypes: true, recursive: true })
    .filter(
      entry => entry.isFile() && endings.some(end => entry.name.endsWith(end)) && !entry.name.endsWith('.test.ts'),
    )
    .map(entry => join(entry.parentPath, entry.name))
}

const sources = [...files('server', ['.ts']), ...files('views', ['.ejs'])].map(file => ({
  file,
  text: readFileSync(file, 'utf8'),
}))

t.test('every catalogue has the same keys, placeholders and the plural forms of its language', async t => {
  for (const [code, catalogue] of catalogues) {
    t.same(Object.keys(catalogue), Object.keys(catalogue).toSorted(), `${code} is sorted`)
    t.same(Object.keys(catalogue).toSorted(), Object.keys(german).toSorted(), `${code} has the keys of German`)
    for (const [key, text] of Object.entries(catalogue)) {
      const found = parts(text, code)
      const wanted = placeholders(parts(german[key] ?? '', 'de'))
      if (new Set(placeholders(found)).symmetricDifference(new Set(wanted)).size > 0)
        t.fail(`${code} ${key} has other placeholders`)
      const categories = new Intl.PluralRules(code).resolvedOptions().pluralCategories
      for (const forms of plurals(found))
        if (new Set(forms).symmetricDifference(new Set(categories)).size > 0)
          t.fail(`${code} ${key} has plural forms ${forms} where ${code} needs ${categories}`)
      if (text.trim() === '') t.fail(`${code} ${key} is empty`)
      // Markdown links lead out of the portal only; the way to a page of ours is a link in the view.
      if (text.includes('](/')) t.fail(`${code} ${key} shows a link as it was typed`)
    }
  }
})

t.test('every text that code or a view asks for exists', async t => {
  for (const { file, text } of sources) {
    for (const [, key] of text.matchAll(/(?<![\w.])(?:page\.|language\.)?t\('([^']+)'\s*[,)]/g))
      if (key && !(key in german)) t.fail(`${file.slice(root.length)} asks for ${key}`)
    for (const [, key] of text.matchAll(/\bkey: '([a-z-]+\.[a-z-.]+)'/g))
      if (key && !(key in german)) t.fail(`${file.slice(root.length)} names ${key}`)
    for (const [, prefix] of text.matchAll(/(?<![\w.])(?:page\.|language\.)?t\([`']([\w.-]+)(?:\$\{|' \+)/g))
      if (prefix && !Object.keys(german).some(key => key.startsWith(prefix)))
        t.fail(`${file.slice(root.length)} asks for ${prefix}…`)
  }
})

t.test('every page has a title, every confirmation a text, every menu entry a name', async t => {
  for (const { file, text } of sources) {
    for (const [, view] of text.matchAll(/\.(?:render|refuse)\('([\w/-]+)'/g)) {
      const key = `${view?.replaceAll('/', '.')}.title`
      const given = /title:/.test(text)
      if (!(key in german) && !given) t.fail(`${file.slice(root.length)} shows ${view} without ${key}`)
    }
    for (const [, , ok] of text.matchAll(/redirect\(([^)]*?), '([\w-]+)'\)/g))
      if (!Object.keys(german).some(key => key.endsWith(`.ok.${ok}`)))
        t.fail(`${file.slice(root.length)} confirms ${ok} without a text`)
    for (const [, key] of text.matchAll(/\{ key: '([a-z-]+)', href:/g))
      if (!(`nav.${key}` in german)) t.fail(`nav.${key} is missing`)
  }
})

t.test('no text lies in the catalogues that nobody asks for', async t => {
  const all = sources.map(source => source.text).join('\n')
  const dynamic = [...all.matchAll(/[`']([a-z][\w.-]*\.)(?=\$\{|[^`']*\$\{|' ?\+)/g)].map(match => match[1] ?? '')
  for (const key of Object.keys(german)) {
    const used =
      all.includes(`'${key}'`) ||
      dynamic.some(prefix => key.startsWith(prefix)) ||
      /\.(title|ok\.[\w-]+)$/.test(key) ||
      key.startsWith('nav.') ||
      actions.some(action => key.endsWith(action))
    if (!used) t.fail(`${key} is used nowhere`)
  }
})
