import t from 'tap'
import { startSchool } from '../test/school.ts'

function bigList(rows: number): Buffer {
  const letters = (number: number) => [...String(number)].map(digit => 'abcdefghij'[Number(digit)]).join('')
  const columns = ['IdentNummer', 'Nachname', 'Rufname', 'Geburtsdatum'].map(name => `Schueler${name}`)
  const guardian = (number: number) =>
    ['Nachname', 'Vorname', 'EMail', 'Telefon1', 'Erziehungsberechtigt'].map(name => `Verantw${number}${name}`)
  const lines = [[...columns, 'GruppeBezeichnung', ...guardian(1), ...guardian(2)].join(';')]
  for (let index = 0; index < rows; index++) {
    const home = Math.floor(index / 2)
    const family = `Berg${letters(home)}`
    const people = ['Anke', 'Uwe'].map((name, place) =>
      [family, name, `${name}.${home}@familie.example`, `0151 ${place}${1_000_000 + home}`, 'Ja'].join(';'),
    )
    const child = [100_000 + index, family, `Kind${letters(index)}`, `01.02.201${index % 9}`, `${5 + (index % 6)}a`]
    lines.push([...child, ...people].join(';'))
  }
  return Buffer.from(lines.join('\r\n'))
}

t.test('5,000 rows go in within ten seconds, and 50 MB are refused at the door', async t => {
  const school = await startSchool(t)
  const otto = await school.seated('otto')
  await otto.get('/roll/imports/new')
  const huge = { field: 'files', name: 'riesig.csv', bytes: Buffer.alloc(50 * 1024 * 1024, 'a;b\n') }
  t.equal((await otto.upload('/roll/imports', [huge])).status, 413)
  await otto.get('/roll/imports/new')
  const start = performance.now()
  const upload = await otto.upload('/roll/imports', [{ field: 'files', name: 'alle.csv', bytes: bigList(5000) }])
  const path = upload.headers.location ?? ''
  const preview = await otto.get(path)
  const state = /name="state" value="(\w+)"/.exec(preview.body)?.[1] ?? ''
  const applied = await otto.post(`${path}/application`, { state })
  const took = performance.now() - start
  t.equal(applied.status, 303)
  t.ok(took < 10_000, `upload, preview and application took ${Math.round(took)} ms`)
  t.comment(`upload, preview and application took ${Math.round(took)} ms`)
  t.ok(preview.body.length < 200_000, 'the preview lists only the first names')
  const result = await otto.get(applied.headers.location ?? '')
  const letters = await otto.get(/href="(\/roll\/codes\/\w+)"/.exec(result.body)?.[1] ?? '')
  t.equal(letters.body.split('<article').length - 1, 100, 'letters come a hundred at a time')
})
