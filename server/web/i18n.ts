import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'

export type TextValues = Readonly<Record<string, string | number>>

/** The texts and formats of one language. */
export interface Language {
  readonly code: string
  readonly name: string
  readonly dir: 'ltr' | 'rtl'
  /** A text by its key; a missing one is a mistake that the tests find, and shows its key. */
  t(key: string, values?: TextValues): string
  has(key: string): boolean
  readonly day: DayFormats
  readonly moment: MomentFormats
  /** "Emir und Elif" */
  list(names: readonly string[]): string
}

interface DayFormats {
  /** `Mi 25.11.` */
  tag(day: string): string
  /** `Mittwoch, 25. November`, unbroken between number and month. */
  long(day: string): string
  full(day: string): string
  input(day: string | null): string
}
interface MomentFormats {
  /** `Fr 20.11., 15:02 Uhr` */
  short(at: string): string
  full(at: string): string
  /** `15:02 Uhr`, where the day is known. */
  time(at: string): string
  /** `15:02:09`, where the day is known. */
  exact(at: string): string
  /** The day of a moment at the school, `YYYY-MM-DD`. */
  day(at: string): string
}

export interface Texts {
  readonly languages: readonly Language[]
  /** The language for a code, or German. */
  language(code: string): Language
  /** The best language for an `Accept-Language` header. */
  preferred(header: string): Language
}

/** Formats on which a school must agree: Gregorian calendar, Latin digits, 24 hours, whatever the language. */
function locale(code: string): string {
  return `${regional(code)}-u-ca-gregory-nu-latn-hc-h23`
}

/** English as Europe writes it: Friday 27 November, not 11/27. */
function regional(code: string): string {
  return code === 'en' ? 'en-GB' : code
}

/** Reads `<code>.json` for every language from a folder. */
export function loadTexts(folder: string, timeZone: string): Texts {
  const catalogues = new Map<string, Record<string, string>>()
  for (const file of readdirSync(folder).filter(name => name.endsWith('.json'))) {
    catalogues.set(file.slice(0, -'.json'.length), JSON.parse(readFileSync(join(folder, file), 'utf8')))
  }
  const german = catalogues.get('de')
  if (!german) throw new Error(`No German catalogue in ${folder}`)
  const languages = [...catalogues].map(([code, own]) => makeLanguage(code, { ...german, ...own }, timeZone))
  languages.sort((a, b) => Number(b.code === 'de') - Number(a.code === 'de') || a.code.localeCompare(b.code))
  const byCode = new Map(languages.map(language => [language.code, language]))
  const first = byCode.get('de') as Language
  return {
    languages,
    language: code => byCode.get(code) ?? first,
    preferred(header) {
      const wanted = header
        .split(',')
        .map(part => {
          const [tag = '', quality] = part.trim().split(';q=')
          return { code: tag.toLowerCase().split('-')[0] ?? '', quality: quality === undefined ? 1 : Number(quality) }
        })
        .sort((a, b) => b.quality - a.quality)
      for (const { code } of wanted) {
        const found = byCode.get(code)
        if (found) return found
      }
      return first
    },
  }
}

function makeLanguage(code: string, catalogue: Readonly<Record<string, string>>, timeZone: string): Language {
  const plain = new Map<string, string>()
  const formatted = new Map<string, IntlMessageFormat>()
  for (const [key, text] of Object.entries(catalogue)) {
    if (/[{}'<]/.test(text)) continue
    plain.set(key, text)
  }
  function t(key: string, values?: TextValues): string {
    const text = plain.get(key)
    if (text !== undefined) return text
    let message = formatted.get(key)
    if (!message) {
      const source = catalogue[key]
      if (source === undefined) return key
      message = new IntlMessageFormat(source, locale(code), undefined, { ignoreTag: true })
      formatted.set(key, message)
    }
    return String(message.format(values))
  }
  const { textInfo } = new Intl.Locale(code) as Intl.Locale & { textInfo?: { direction: 'ltr' | 'rtl' } }
  return {
    code,
    name: t('language.name'),
    dir: textInfo?.direction ?? (['ar', 'fa', 'ckb'].includes(code) ? 'rtl' : 'ltr'),
    t,
    has: key => key in catalogue,
    ...dates(code, timeZone, t),
    list: cached(
      names => new Intl.ListFormat(regional(code), { type: 'conjunction' }).format(JSON.parse(names) as string[]),
      names => JSON.stringify(names),
    ),
  }
}

const noBreak = '\u00a0'

/** Dates never break between day and month. */
function unbroken(text: string): string {
  return text.replace(/(\d+\.?) (?=\p{L})/gu, `$1${noBreak}`)
}

function dates(code: string, zone: string, t: Language['t']): Pick<Language, 'day' | 'moment'> {
  const format = (options: Intl.DateTimeFormatOptions, timeZone: string) =>
    new Intl.DateTimeFormat(locale(code), { ...options, timeZone })
  const weekday = format({ weekday: 'short' }, 'UTC')
  const numbers = format({ day: '2-digit', month: '2-digit' }, 'UTC')
  const long = format({ weekday: 'long', day: 'numeric', month: 'long' }, 'UTC')
  const full = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }, 'UTC')
  const localDay = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' })
  const time = format({ hour: '2-digit', minute: '2-digit' }, zone)
  const exact = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' }, zone)
  const date = (day: string) => new Date(`${day}T12:00:00Z`)
  const tag = (day: string) => `${weekday.format(date(day)).replace(/\.$/, '')}${noBreak}${numbers.format(date(day))}`
  const yearTag = (day: string) => `${tag(day)}${/\.$/.test(tag(day)) ? '' : '/'}${day.slice(0, 4)}`
  const short = cached((at: string) =>
    t('time.short', { day: tag(localDay.format(new Date(at))), time: time.format(new Date(at)) }),
  )
  return {
    day: {
      tag: cached(tag),
      long: cached((day: string) => unbroken(long.format(date(day)))),
      full: cached((day: string) => unbroken(full.format(date(day)))),
      input: day => day ?? '',
    },
    moment: {
      short,
      full: cached((at: string) =>
        t('time.full', { day: yearTag(localDay.format(new Date(at))), time: time.format(new Date(at)) }),
      ),
      time: at => t('time.hour', { time: time.format(new Date(at)) }),
      exact: at => exact.format(new Date(at)),
      day: at => localDay.format(new Date(at)),
    },
  }
}

/** Remembers up to a thousand results: the same few days stand on every page, and Intl is slow. */
function cached<T extends string | readonly string[]>(
  compute: (value: string) => string,
  keyOf: (value: T) => string = value => value as string,
): (value: T) => string {
  const known = new Map<string, string>()
  return value => {
    const key = keyOf(value)
    let result = known.get(key)
    if (result === undefined) {
      if (known.size >= 1000) known.clear()
      result = compute(key)
      known.set(key, result)
    }
    return result
  }
}
