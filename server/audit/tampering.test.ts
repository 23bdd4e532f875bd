import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { linesOf, rewrite, ToldLog } from '../test/told-log.ts'
import type { Entry } from './formats/entries.ts'
import { hourOf } from './formats/layout.ts'
import { checkpointText, signNote } from './formats/note.ts'
import { OpenSegment } from './sealing/segment.ts'
import { requestOf } from './test/small-case.ts'

const start = '2026-11-25T07:00:00Z'
const day = 24
const hour = 3_600_000

/** Three auditors, five closed segments over two months of which the first is full, a recovered and an open one. */
async function schoolLog(t: Test): Promise<ToldLog> {
  const log = new ToldLog(t.testdir(), start)
  await log.enrol()
  await log.append(7)
  await log.pass(1)
  await log.append(4)
  await log.pass(24 * 8)
  await log.append(3)
  await log.crash()
  await log.append(3)
  await log.pass(1)
  await log.append(2)
  await log.crash()
  t.match(log.verify(), { whole: true, records: 19, segments: 6 })
  return log
}

const refused = (where: RegExp) => ({ whole: false, where })
const shift = (database: DatabaseSync, seg: number, from: number, by: number) => {
  const rows = database.prepare('SELECT i FROM audit_rec WHERE seg = ? AND i >= ? ORDER BY i').all(seg, from)
  for (const { i } of by < 0 ? rows : rows.reverse())
    database.prepare('UPDATE audit_rec SET i = i + ? WHERE seg = ? AND i = ?').run(by, seg, i ?? null)
}

t.test('L10: a record that is missing at the head, in the middle or at the tail is noticed', async t => {
  const log = await schoolLog(t)
  for (const i of [0, 2, 4]) {
    const gone = `DELETE FROM audit_rec WHERE seg = 1 AND i = ${i}`
    t.match(
      log.forged(database => database.exec(gone)),
      refused(/Abschnitt 1/),
      `record ${i}`,
    )
    const closeUp = (database: DatabaseSync) => {
      database.exec(gone)
      shift(database, 1, i + 1, -1)
    }
    t.match(log.forged(closeUp), refused(/Abschnitt 1 hat 4/), `record ${i}, with the others moved up`)
    const counted = (database: DatabaseSync) => {
      closeUp(database)
      database.exec('UPDATE audit_segment SET n = 4 WHERE id = 1')
    }
    t.match(log.forged(counted), refused(/Abschnitt 1 ist anders/), `record ${i}, with the count set right`)
  }
  const open = log.forged(database => database.exec('DELETE FROM audit_rec WHERE seg = 6 AND i = 1'))
  t.match(open, refused(/Abschnitt 6 hat 1/), 'also in the segment that is still open')
})

t.test('L10: records that are reordered, doubled or moved elsewhere are noticed', async t => {
  const log = await schoolLog(t)
  const changes: Record<string, string> = {
    swapped: `UPDATE audit_rec SET i = CASE i WHEN 1 THEN -2 ELSE -1 END WHERE seg = 1 AND i IN (1, 2);
      UPDATE audit_rec SET i = -i WHERE seg = 1 AND i < 0`,
    doubled: 'INSERT INTO audit_rec SELECT seg, 5, ab, ob, ct FROM audit_rec WHERE seg = 1 AND i = 4',
    'doubled and counted': `INSERT INTO audit_rec SELECT seg, 5, ab, ob, ct FROM audit_rec WHERE seg = 1 AND i = 4;
      UPDATE audit_segment SET n = 6 WHERE id = 1`,
    'in the place of another': `UPDATE audit_rec SET ct = (SELECT ct FROM audit_rec WHERE seg = 1 AND i = 0)
      WHERE seg = 1 AND i = 1`,
    'moved to another segment': 'UPDATE audit_rec SET seg = 2, i = 2 WHERE seg = 1 AND i = 4',
    'swapped between segments': `UPDATE audit_rec SET seg = CASE seg WHEN 1 THEN -2 ELSE -1 END WHERE seg < 3 AND i = 0;
      UPDATE audit_rec SET seg = -seg WHERE seg < 0`,
    'of a segment that never was': 'UPDATE audit_rec SET seg = 7 WHERE seg = 6',
    'of segment 0': 'UPDATE audit_rec SET seg = 0 WHERE seg = 6',
  }
  for (const [name, sql] of Object.entries(changes))
    t.match(
      log.forged(database => database.exec(sql)),
      refused(/Abschnitt/),
      name,
    )
})

t.test('L10: a whole segment that is missing is noticed', async t => {
  const log = await schoolLog(t)
  const drop = (seg: number) => `DELETE FROM audit_rec WHERE seg = ${seg}; DELETE FROM audit_segment WHERE id = ${seg}`
  for (const seg of [1, 3, 5])
    t.match(
      log.forged(database => database.exec(drop(seg))),
      refused(new RegExp(`Abschnitt ${seg} fehlt`)),
    )
  const renumbered = `${drop(2)}; UPDATE audit_segment SET id = id - 1 WHERE id > 2;
    UPDATE audit_rec SET seg = seg - 1 WHERE seg > 2`
  t.match(
    log.forged(database => database.exec(renumbered)),
    refused(/Abschnitt 2 ist anders/),
  )
  const asIfPruned = `DELETE FROM audit_rec WHERE seg = 1;
    UPDATE audit_segment SET state = 'pruned', enc = NULL, sealed = NULL WHERE id = 1`
  t.match(
    log.forged(database => database.exec(asIfPruned)),
    refused(/Abschnitt 1 ist anders/),
    'deleted as if its time had come',
  )
  const withItsLine = (database: DatabaseSync) => {
    const lines = linesOf(database)
    const closing = lines.findIndex(line => line.k === 'segment_closed' && line.seg === 2)
    database.exec(drop(2))
    database.exec(`DELETE FROM audit_ledger WHERE idx = ${closing}`)
  }
  t.match(log.forged(withItsLine), refused(/Zeile \d+ des Verzeichnisses fehlt/))
})

t.test('L10: the last lines of the ledger cannot go unnoticed by the anchor, nor by a witness', async t => {
  const log = await schoolLog(t)
  const size = log.forged(() => undefined)
  const lines = size.whole ? size.size : 0
  for (let k = 1; k < lines; k += 1) {
    const cut = (database: DatabaseSync) =>
      database.exec(`DELETE FROM audit_ledger WHERE idx >= ${lines - k};
        DELETE FROM audit_checkpoint WHERE size > ${lines - k}`)
    t.match(log.forged(cut), { whole: false }, `${k} lines`)
  }
  const cut = (database: DatabaseSync) => {
    const kept = linesOf(database).slice(0, 3)
    database.exec(`DELETE FROM audit_rec; DELETE FROM audit_segment; DELETE FROM audit_share; DELETE FROM audit_period;
      DELETE FROM audit_auditor; DELETE FROM audit_ledger WHERE idx > ${kept.length};
      DELETE FROM audit_checkpoint WHERE size > ${kept.length + 1}`)
  }
  t.match(log.forged(cut), refused(/Am Ende fehlen Zeilen: Der Anker nennt \d+/), 'with all that hung on them')
  t.match(log.forged(cut, { anchor: null, witnesses: [] }), { whole: false }, 'and without the anchor')
  t.match(
    log.forged(cut, { anchor: null, witnesses: [log.witness('NAS')] }),
    refused(/Der Anker fehlt|Zeugnis NAS nennt/),
  )
})

t.test('L10: yesterday’s database in the place of today’s is noticed, by the anchor or by a witness', async t => {
  const log = new ToldLog(t.testdir(), start)
  await log.enrol()
  await log.append(3)
  await log.pass(1)
  await log.backUp('yesterday.db')
  const yesterday = log.anchor
  await log.append(3)
  await log.pass(24)
  await log.close()
  const [today, witness] = [log.anchor, log.witness('NAS')]
  await log.restore('yesterday.db')
  const unchanged = () => undefined
  t.match(log.forged(unchanged, { anchor: today, witnesses: [] }), refused(/Am Ende fehlen Zeilen: Der Anker/))
  t.match(
    log.forged(unchanged, { anchor: yesterday, witnesses: [] }),
    { whole: true },
    'who puts the anchor back as well is not noticed from inside: that is what witnesses are for',
  )
  t.match(log.forged(unchanged, { anchor: yesterday, witnesses: [witness] }), refused(/Zeugnis NAS nennt/))
})

t.test('L11: old records that are sealed anew with a newer key are noticed, even with the box’s own key', async t => {
  const log = await schoolLog(t)
  const resealed = async (period: number): Promise<(database: DatabaseSync) => string> => {
    const { instance, pk } = log.look(database => ({
      instance: Buffer.from(database.prepare('SELECT id FROM audit_instance').get()?.id as Uint8Array),
      pk: Buffer.from(database.prepare('SELECT pk FROM audit_period WHERE id = ?').get(period)?.pk as Uint8Array),
    }))
    const segment = await OpenSegment.start(instance, pk, { id: 3, period, hour: hourOf(Date.parse(start) + hour) })
    const record = segment.seal({ body: '{"v":1,"k":"letter.read"}', actor: 'somebody else', concerned: [] })
    return database => {
      const { enc, sealed } = segment.segment
      database.exec('DELETE FROM audit_rec WHERE seg = 3')
      database.prepare('INSERT INTO audit_rec VALUES (3, 0, ?, ?, ?)').run(record.ab, record.ob, record.ct)
      database
        .prepare('UPDATE audit_segment SET period_id = ?, enc = ?, sealed = ?, head = ?, n = 1 WHERE id = 3')
        .run(period, enc, sealed, segment.head)
      const lines = linesOf(database).map(line =>
        line.k === 'segment_closed' && line.seg === 3
          ? { ...line, n: 1, head: segment.head.toString('hex'), period }
          : line,
      )
      return rewrite(database, lines, origin(log), log.key)
    }
  }
  const anew = await resealed(2)
  const told = log.forged(database => void anew(database))
  t.match(told, refused(/Abschnitt 3: seine Stunde liegt nicht in seinem Zeitraum/), 'sealed to the next month')
  const same = await resealed(1)
  const withoutTheirNotes = log.forged(database => void same(database))
  t.match(withoutTheirNotes, refused(/Der Anker widerspricht dem Verzeichnis/), 'sealed to its own month')
  const stolen = generateKeyPairSync('ed25519').privateKey
  const key = log.key
  log.key = stolen
  t.match(
    log.forged(database => void same(database)),
    refused(/nicht richtig unterschrieben/),
    'without the box’s key',
  )
  log.key = key
  const exchanged = log.forged(database =>
    database.prepare('UPDATE audit_segment SET enc = ?, sealed = ? WHERE id = 3').run(randomBytes(32), randomBytes(48)),
  )
  t.match(exchanged, refused(/Abschnitt 3: Eine Aufzeichnung wurde verändert/), 'only the sealed key')
  const late = log.forged(database => {
    const lines = linesOf(database)
    const opened = lines.filter(line => line.k === 'period_opened')
    const others = lines.filter(line => line.k !== 'period_opened')
    const after = others.findIndex(line => line.k === 'segment_closed') + 1
    const moved = opened.map(line => ({ ...line, t: others[after - 1]?.t ?? 0 }))
    rewrite(database, others.toSpliced(after, 0, ...moved), origin(log), log.key)
  })
  t.match(late, refused(/Abschnitt 1: seinen Zeitraum gab es damals nicht/), 'a period that was opened afterwards')
})

const origin = (log: ToldLog): string => log.anchor?.split('\n')[0] ?? ''

t.test('L12: a checkpoint that another key has signed under the same name is not believed', async t => {
  const log = await schoolLog(t)
  const other = generateKeyPairSync('ed25519').privateKey
  const forge = (note: string) => {
    const [name = '', size = '', root = ''] = note.split('\n')
    return signNote(checkpointText(name, Number(size), Buffer.from(root, 'base64')), name, other)
  }
  for (const which of ['min', 'max']) {
    const told = log.forged(database => {
      const row = database
        .prepare(`SELECT size, note FROM audit_checkpoint WHERE size = (SELECT ${which}(size) FROM audit_checkpoint)`)
        .get()
      database
        .prepare('UPDATE audit_checkpoint SET note = ? WHERE size = ?')
        .run(forge(String(row?.note)), row?.size ?? 0)
    })
    t.match(told, refused(/nicht richtig unterschrieben/), `the one of ${which}imal size`)
  }
  const unchanged = () => undefined
  const anchor = forge(log.anchor ?? '')
  t.match(log.forged(unchanged, { anchor, witnesses: [] }), refused(/Der Anker trägt keine Unterschrift/))
  const forged = { anchor: log.anchor, witnesses: [{ name: 'NAS', text: anchor }] }
  t.match(log.forged(unchanged, forged), refused(/NAS trägt keine Unterschrift/))
  const both = log.forged(database => {
    const row = database.prepare('SELECT max(size) AS size, note FROM audit_checkpoint').get()
    const second = forge(String(row?.note)).split('\n\n')[1]
    database.prepare('UPDATE audit_checkpoint SET note = ? WHERE size = ?').run(`${row?.note}${second}`, row?.size ?? 0)
  })
  t.match(both, refused(/nicht richtig unterschrieben/), 'nor one that somebody else has signed, too')
})

t.test('L12: two notes of the same size that say different things raise the alarm', async t => {
  const log = await schoolLog(t)
  const size = Number(log.anchor?.split('\n')[1])
  const another = (of: number) => signNote(checkpointText(origin(log), of, randomBytes(32)), origin(log), log.key)
  const told = (witnesses: { name: string; text: string }[], anchor = log.anchor) =>
    log.forged(() => undefined, { anchor, witnesses })
  t.match(told([{ name: 'NAS', text: another(size) }]), refused(/Der Anker und Zeugnis NAS widersprechen sich/))
  t.match(told([{ name: 'NAS', text: another(3) }]), refused(/Zeugnis NAS widerspricht dem Verzeichnis/))
  t.match(told([], another(size)), refused(/Der Anker widerspricht dem Verzeichnis/))
  t.match(
    told([
      { name: 'A', text: another(5) },
      { name: 'B', text: another(5) },
    ]),
    refused(/Zeugnis A/),
  )
  const beyond = [another(size + 3), another(size + 3)].map((text, index) => ({ name: `W${index}`, text }))
  t.match(told(beyond), refused(/Am Ende fehlen Zeilen: Zeugnis W0/))
  const twice = log.forged(database => {
    database.exec('CREATE TABLE copy (size INTEGER, note TEXT) STRICT; INSERT INTO copy SELECT * FROM audit_checkpoint')
    database.prepare('INSERT INTO copy VALUES (?, ?)').run(size, another(size))
    database.exec('DROP TABLE audit_checkpoint; ALTER TABLE copy RENAME TO audit_checkpoint')
  })
  t.match(twice, refused(/audit_checkpoint/), 'in the file itself')
})

t.test('a ledger that breaks its own rules is refused, though every signature is right', async t => {
  const log = await schoolLog(t)
  const told = (change: (lines: Entry[]) => readonly (Entry | Record<string, unknown>)[]) =>
    log.forged(database => void rewrite(database, change(linesOf(database)) as Entry[], origin(log), log.key), {
      anchor: null,
      witnesses: [],
    })
  const at = (lines: readonly Entry[]) => lines.at(-1)?.t ?? 0
  const added = (line: (lines: Entry[]) => Record<string, unknown>) => told(lines => [...lines, line(lines)])
  const closing = (lines: Entry[]) => lines.findLast(line => line.k === 'segment_closed') as Entry
  const cases: Record<string, [ReturnType<typeof told>, RegExp]> = {
    'time that runs backwards': [added(lines => ({ t: at(lines) - 1, k: 'heartbeat' })), /die Zeit läuft rückwärts/],
    'a step to another time': [
      added(lines => ({ t: at(lines), k: 'clock_step', before: 1, after: 2, doubt: 'none' })),
      /auf eine andere Zeit/,
    ],
    'a second beginning': [told(lines => [...lines, lines[0] as Entry]), /darf sie nicht stehen/],
    'no beginning': [told(lines => lines.slice(1)), /Zeile 0 .*darf sie nicht stehen/],
    'an auditor out of turn': [
      added(lines => ({ t: at(lines), k: 'auditor_enrolled', auditor: 9, row: '0'.repeat(64) })),
      /nicht an der Reihe/,
    ],
    'an auditor without a row': [
      added(lines => ({ t: at(lines), k: 'auditor_enrolled', auditor: 4, row: '0'.repeat(64) })),
      /Prüfende Person 4 fehlt/,
    ],
    'shares for one auditor only': [
      added(lines => {
        const shares = [1, 2, 3].map(no => [1, no, '0'.repeat(64)])
        return { t: at(lines), k: 'period_opened', period: 3, month: '2026-12', pk: '0'.repeat(64), n: 3, shares }
      }),
      /Anteile/,
    ],
    'an extension without end': [
      added(lines => ({ t: at(lines), k: 'period_extended', period: 1, from: 0, until: 900_000 })),
      /so weit/,
    ],
    'a shredded period whose records are kept': [
      added(lines => ({ t: at(lines), k: 'period_shredded', period: 1 })),
      /durfte nicht vernichtet werden/,
    ],
    'a segment pruned before its time': [
      added(lines => ({
        t: at(lines),
        k: 'segment_pruned',
        seg: 1,
        n: lines.find(line => line.k === 'segment_closed')?.n,
        head: lines.find(line => line.k === 'segment_closed')?.head,
      })),
      /vor der Zeit gelöscht/,
    ],
    'a segment pruned that was another': [
      added(lines => ({ t: at(lines), k: 'segment_pruned', seg: 1, n: 1, head: '0'.repeat(64) })),
      /gab es so nicht/,
    ],
    'a segment closed twice': [added(lines => ({ ...closing(lines), t: at(lines) })), /nicht an der Reihe/],
    'an hour that goes back': [
      told(lines => lines.map(line => (line === closing(lines) ? { ...line, hour: Number(line.hour) - 5 } : line))),
      /seine Stunde liegt vor/,
    ],
    'a period that goes back': [
      told(lines => lines.map(line => (line === closing(lines) ? { ...line, period: 1 } : line))),
      /nicht in seinem Zeitraum/,
    ],
    'a release of nothing': [added(lines => ({ t: at(lines), k: 'hold_released', case: 1, from: 1 })), /gibt es nicht/],
    'a hold without a case': [
      added(lines => ({ t: at(lines), k: 'hold_set', case: 1, from: 1, to: 2, until: 3 })),
      /so darf kein Vorgang etwas aufbewahren/,
    ],
    'a generation that was before': [
      added(lines => ({ t: at(lines), k: 'restore_detected', generation: 1, old_size: 1, new_size: lines.length })),
      /Neubeginn/,
    ],
    'a key that signs before it is named': [
      added(lines => ({ t: at(lines), k: 'checkpoint_key_rotated', key: '0'.repeat(64) })),
      /nicht richtig unterschrieben/,
    ],
  }
  for (const [name, [verdict, where]] of Object.entries(cases)) t.match(verdict, refused(where), name)
  t.match(
    told(lines => lines),
    refused(/Der Anker fehlt/),
    'while the same lines, unchanged, only lack their anchor',
  )
})

t.test('whatever else is in the file is told', async t => {
  const log = await schoolLog(t)
  const changes: Record<string, RegExp> = {
    'CREATE TABLE notes (text TEXT) STRICT': /gehört: table notes/,
    'ALTER TABLE audit_auditor ADD COLUMN phone TEXT': /gehört: table audit_auditor/,
    'CREATE VIEW looked AS SELECT * FROM audit_rec': /gehört: view looked/,
    'DROP TABLE audit_hold': /audit.db fehlt etwas: .*audit_hold/,
    'PRAGMA user_version = 1': /Fassung/,
    "UPDATE audit_ledger SET body = CAST(body || x'00' || 'more' AS TEXT) WHERE idx = 2": /Zeile 2 .* verändert/,
    "UPDATE audit_auditor SET person = CAST(x'ff' AS TEXT) WHERE id = 1": /audit_auditor steht etwas/,
    'UPDATE audit_segment SET hour = 9007199254740993 WHERE id = 1': /audit_segment steht etwas/,
    'DELETE FROM audit_checkpoint WHERE size > 4': /hat niemand unterschrieben|Der Stand von \d+ Zeilen fehlt/,
    'DELETE FROM audit_ledger': /Verzeichnis ist leer/,
    'DELETE FROM audit_instance': /Protokoll .* fehlt/,
    'DELETE FROM audit_share WHERE auditor_id = 2': /Anteil 1\/2 fehlt/,
    'UPDATE audit_auditor SET revoked_idx = 3 WHERE id = 1': /Prüfende Person 1 ist anders/,
    'UPDATE audit_segment SET closed_idx = 9 WHERE id = 6': /Abschnitt 6 ist anders/,
    'INSERT INTO audit_hold VALUES (1, 2, 3, 4)': /Sperre 1\/2 ist im Verzeichnis nicht verzeichnet/,
    'INSERT INTO audit_segment SELECT id + 1, period_id, hour, suite, enc, sealed, n, head, state, closed_idx FROM audit_segment WHERE id = 6':
      /Abschnitt 6 ist im Verzeichnis nicht verzeichnet/,
  }
  for (const [sql, where] of Object.entries(changes))
    t.match(
      log.forged(database => database.exec(sql)),
      refused(where),
      sql,
    )
})

t.test('who deletes what is hours old is found, whatever the clock is made to say', async t => {
  const log = await schoolLog(t)
  const witnesses = [log.witness('NAS')]
  const real = log.now
  const steppedTo = async (now: number, confirmed: boolean) => {
    const before = log.now
    log.now = now
    await (await log.writer()).clockStepped(before, { now, trusted: false })
    if (confirmed) await (await log.writer()).note('clock_confirmed', { by: 'admin' }, log.moment)
  }
  await steppedTo(real + 200 * day * hour, true)
  t.ok((await log.prune()) > 3)
  await log.close()
  t.match(log.verify(witnesses), { whole: true }, 'at that time, were it true')
  t.match(log.verify(witnesses, real), refused(/Abschnitt 1 wurde vor der Zeit gelöscht, gemessen am/))

  const unconfirmed = log.forged(
    database => {
      const lines = linesOf(database)
      const claimed = lines
        .filter(line => line.k !== 'clock_confirmed')
        .map(line => (line.k === 'clock_step' ? { ...line, doubt: 'none' } : line))
      rewrite(database, claimed, origin(log), log.key)
    },
    { anchor: null, witnesses: [] },
  )
  t.match(unconfirmed, refused(/während an der Uhr Zweifel bestand/), 'a leap is a doubt, whatever its line says')

  await steppedTo(real + hour, false)
  await log.close()
  t.throws(() => log.verify(witnesses), /Vielleicht wurde Abschnitt 1 vor der Zeit gelöscht/, 'nobody says it is whole')
  await (await log.writer()).note('clock_confirmed', { by: 'admin' }, log.moment)
  await log.close()
  t.match(log.verify(witnesses), refused(/Abschnitt 1 wurde vor der Zeit gelöscht/))
  t.match(log.verify(witnesses, log.now + 300 * day * hour), refused(/vor der Zeit/), 'also long afterwards')
})

t.test('a retention that cannot be set, lines of the day after tomorrow, a clock before the log', async t => {
  const log = await schoolLog(t)
  const set = (retention_days: number) =>
    log.forged(
      database => {
        const lines = linesOf(database)
        const line = { t: lines.at(-1)?.t ?? 0, k: 'config_changed', retention_days, reason: 'none' } as const
        rewrite(database, [...lines, line], origin(log), log.key)
      },
      { anchor: null, witnesses: [] },
    )
  for (const days of [0, 1, 29, 91, 365]) t.match(set(days), refused(/Verzeichnisses wurde verändert/), `${days} days`)
  t.match(set(30), refused(/Der Anker fehlt/))
  t.match(log.verify([], log.now - 2 * day * hour), refused(/die Uhr dieses Rechners zeigt erst/))
  t.throws(() => log.verify([], 0), /da gab es das Protokoll noch nicht/)
})

t.test('what a witnessed hold protects cannot be deleted after it', async t => {
  const log = new ToldLog(t.testdir(), '2026-01-05T07:00:00Z')
  await log.enrol()
  await log.append(4)
  await log.pass(1)
  for (let week = 0; week < 15; week += 1) {
    await log.append(1)
    await log.pass(24 * 7)
  }
  await (await log.writer()).note('clock_confirmed', { by: 'admin' }, log.moment)
  const asked = requestOf(1, log.moment, [1, 2, 3], { category: 'access', from: 0, to: hourOf(log.now) })
  await (await log.writer()).step(asked, log.moment)
  await log.close()
  const told = log.forged(
    database => {
      const lines = linesOf(database)
      const { seg, n, head } = lines.find(line => line.k === 'segment_closed') as Entry
      database.exec(`DELETE FROM audit_rec WHERE seg = 1;
        UPDATE audit_segment SET state = 'pruned', enc = NULL, sealed = NULL WHERE id = 1`)
      const pruned = { t: log.now, k: 'segment_pruned', seg, n, head } as const
      rewrite(database, [...lines, pruned], origin(log), log.key)
    },
    { anchor: null, witnesses: [log.witness('NAS')] },
  )
  t.match(told, refused(/was für einen Fall gebraucht wird/))
})

t.test('what could show other rows than are stored, or keep new ones out, is told', async t => {
  const log = await schoolLog(t)
  const trigger = 'CREATE TRIGGER quiet BEFORE INSERT ON audit_rec BEGIN SELECT RAISE(IGNORE); END'
  const changes: Record<string, RegExp> = {
    [trigger]: /gehört: trigger quiet/,
    'CREATE INDEX shadow ON audit_ledger (idx, body, leaf)': /gehört: index shadow/,
    'CREATE INDEX shadow ON audit_rec (seg, i, ab, ob, ct)': /gehört: index shadow/,
    ANALYZE: /gehört: table sqlite_stat1/,
    "ALTER TABLE audit_hold ADD COLUMN more TEXT AS ('x') VIRTUAL": /gehört: table audit_hold/,
    'DROP INDEX audit_segment_hour': /fehlt etwas: index audit_segment_hour/,
  }
  for (const [sql, where] of Object.entries(changes))
    t.match(
      log.forged(database => database.exec(sql)),
      refused(where),
      sql,
    )
  const database = new DatabaseSync(log.path)
  const { sql } = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'audit_rec_remains'").get() ?? {}
  database.exec('DROP TRIGGER audit_rec_remains')
  t.match(log.verify(), refused(/fehlt etwas: trigger audit_rec_remains/))
  database.exec(String(sql).replace("<> 'pruned'", "= 'open'"))
  t.match(log.verify(), refused(/gehört: trigger audit_rec_remains/), 'of the same name')
  database.close()
})

t.test('an index that no longer shows what its table holds is told', async t => {
  const log = await schoolLog(t)
  const told = log.forged(database => {
    const named = "name = 'audit_segment_hour'"
    const kept = database.prepare(`SELECT rootpage, sql FROM sqlite_schema WHERE ${named}`).get() ?? {}
    database.enableDefensive(false)
    const setSchema = (work: () => void) => {
      database.exec('PRAGMA writable_schema = ON')
      work()
      database.exec('PRAGMA writable_schema = RESET')
    }
    setSchema(() => database.exec(`DELETE FROM sqlite_schema WHERE ${named}`))
    // The table gets its true hour back, the index keeps the false one.
    database.exec('UPDATE audit_segment SET hour = hour + 1 WHERE id = 2')
    setSchema(() =>
      database
        .prepare("INSERT INTO sqlite_schema VALUES ('index', 'audit_segment_hour', 'audit_segment', ?, ?)")
        .run(kept.rootpage ?? null, kept.sql ?? null),
    )
    database.exec('REINDEX')
    setSchema(() => database.exec(`DELETE FROM sqlite_schema WHERE ${named}`))
    database.exec('UPDATE audit_segment SET hour = hour - 1 WHERE id = 2')
    setSchema(() =>
      database
        .prepare("INSERT INTO sqlite_schema VALUES ('index', 'audit_segment_hour', 'audit_segment', ?, ?)")
        .run(kept.rootpage ?? null, kept.sql ?? null),
    )
  })
  t.match(told, refused(/widerspricht sich selbst/))
})

t.test('a checkpoint that stood between two times cannot be taken out', async t => {
  const log = await schoolLog(t)
  const told = log.forged(database =>
    database.exec('DELETE FROM audit_checkpoint WHERE size < (SELECT max(size) FROM audit_checkpoint)'),
  )
  t.match(told, refused(/Der Stand von \d+ Zeilen fehlt/))
})
