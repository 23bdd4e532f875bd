import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { auditorPassphrases } from '../demo/auditors.ts'
import { cast } from '../demo/cast.ts'
import { makePassphrase, passphraseWords, readPassphrase, wordCount } from './passphrase.ts'

const file = readFileSync(join(import.meta.dirname, '../../config/words/de.txt'), 'utf8')
const words = passphraseWords()

/** Beginnings of words that must not stand on a sheet of the school; the list is short on purpose, a person read the rest. */
const forbidden = (
  'anal arsch arier bibel blut bombe brust busen dumm engel erotik esel fett ficken fotze fuehrer furz gott hass heil hexe hitler ' +
  'hoden hure idiot jude jesus kacke kampf kanone kapo kirche kloster kotze krank krebs krieg leiche luder ' +
  'moerder mord moschee nackt narr nazi neger nutte papst penis pfarrer pille pimmel pistole pisse popo porno puff rassist ' +
  'rektal scheide schuss schwanz schwein sekt sex sklave sperma sterben strich tabak teufel titte tod toete trottel ' +
  'urin vagina waffe wanken wichs zicke zigeuner'
).split(' ')

t.test('the list: 2,048 words of four to eight plain letters, sorted, each known by its first four', async t => {
  t.equal(words.length, 2048)
  t.same(words, [...words].sort(), 'sorted')
  t.same(
    words.filter(word => !/^[a-z]{4,8}$/.test(word)),
    [],
  )
  t.equal(new Set(words.map(word => word.slice(0, 4))).size, 2048, 'the first four letters tell them apart')
  t.equal(file, `${words.join('\n')}\n`, 'one word a line and nothing else')
})

t.test('the list holds nothing embarrassing, and nobody of the school', async t => {
  const allowed = new Set(['sektor'])
  t.same(
    words.filter(word => !allowed.has(word) && forbidden.some(stem => word.startsWith(stem))),
    [],
  )
  const names = cast.flatMap(person => [person.given_name.toLowerCase(), person.family_name.toLowerCase()])
  t.same(
    words.filter(word => names.includes(word)),
    [],
  )
})

t.test('the list does not change: passphrases on paper depend on it', async t => {
  t.equal(hash('sha256', file), '13f1941b955de5ce270ea66b6575e4c57b6bdfb1fcf3d28786f8cca151b43346')
})

t.test('a passphrase is seven words of the list, and every word comes up', async t => {
  t.equal(wordCount, 7)
  const seen = new Set<string>()
  for (let made = 0; made < 4000; made += 1) {
    const passphrase = makePassphrase().split(' ')
    if (passphrase.length !== 7) t.fail(`${passphrase.length} words`)
    for (const word of passphrase) seen.add(word)
  }
  t.equal(seen.size, 2048, 'of 28,000 draws none is missing')
  t.same([...seen].sort(), words)
})

t.test('it is read as it was made, however it is typed', async t => {
  const made = 'ampel brunnen dachs eimer fenster garten hafen'
  for (const typed of [
    made,
    '  AMPEL  Brunnen\tdachs\n eimer fenster\u00a0garten hafen ',
    'ampel, brunnen, dachs, eimer, fenster, garten, hafen.',
    '1. ampel 2. brunnen 3. dachs 4. eimer 5. fenster 6. garten 7. hafen',
    'ampel-brunnen-dachs-eimer-fenster-garten-hafen',
    'ampl brunen dachs eimer fensta garden hafen'.replace('ampl', 'ampeln').replace('garden', 'gartn'),
    'ampe brun dach eime fens gart hafe',
  ])
    t.equal(readPassphrase(typed), made, typed)
})

t.test('a slip in the first four letters, another word or another order is another passphrase', async t => {
  const made = 'ampel brunnen dachs eimer fenster garten hafen'
  for (const typed of [
    'apmel brunnen dachs eimer fenster garten hafen',
    'amp brunnen dachs eimer fenster garten hafen',
    'ampel brunnen dachs eimer fenster garten',
    'ampel brunnen dachs eimer fenster garten hafen hafen',
    'brunnen ampel dachs eimer fenster garten hafen',
    'ampel brunnen dachs eimer fenster garten igel',
    'ampelbrunnendachseimerfenstergartenhafen',
    '',
  ])
    t.not(readPassphrase(typed), made, typed)
  t.equal(readPassphrase('Äpfel quxx'), 'äpfel quxx', 'what is no word of the list stays')
  for (const word of words) if (readPassphrase(word) !== word) t.fail(word)
})

t.test('the demo’s passphrases are of the list', async t => {
  for (const passphrase of Object.values(auditorPassphrases)) {
    t.equal(passphrase.split(' ').length, 7)
    t.ok(
      passphrase.split(' ').every(word => words.includes(word)),
      passphrase,
    )
  }
})
