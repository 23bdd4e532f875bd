import t from 'tap'
import { auditorKeyCost, deriveKey, passwordProblem, readCost, TooBusy, writeCost } from './passwords.ts'

const nobody: string[] = []

t.test('twelve characters for guardians, fifteen for staff, 128 at most (B17)', async t => {
  t.equal(passwordProblem('Zaunkönig 7', false, nobody), 'password.too-short')
  t.equal(passwordProblem('Zaunkönig 77', false, nobody), null)
  t.equal(passwordProblem('Zaunkönig 7777', true, nobody), 'password.too-short-staff')
  t.equal(passwordProblem('Zaunkönig 77777', true, nobody), null)
  t.equal(passwordProblem(`${'Zaunkönig '.repeat(12)}abcdefgh`, false, nobody), null)
  t.equal(passwordProblem(`${'Zaunkönig '.repeat(12)}abcdefghi`, false, nobody), 'password.too-long')
  t.equal(
    passwordProblem('🐝🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵', false, nobody),
    'password.too-short',
    'eleven animals are eleven characters',
  )
  t.equal(passwordProblem('🐝🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔', false, nobody), null)
})

t.test('any character counts, and no mixture is asked for (B17)', async t => {
  for (const password of [
    'nur kleine buchstaben',
    '  blanks around it  ',
    'Übergrößenträger',
    'παπαγάλος πράσινος',
    'ببغاء أخضر صغير جدا',
    '\t\u0000 control \u001f too',
    'correct"horse<battery>',
    '4938271650438',
  ])
    t.equal(passwordProblem(password, false, nobody), null, password)
})

t.test('what everybody would try first is refused (B17)', async t => {
  for (const password of [
    '123456789012',
    'qwertyuiop123',
    'Passwort12345',
    'PASSWORT12345',
    'aaaaaaaaaaaa',
    'abababababab',
    'iloveyou1234',
    'password1234',
  ])
    t.equal(passwordProblem(password, false, nobody), 'password.common', password)
})

t.test('one’s own name, login or school alone is no password (B17)', async t => {
  const own = ['ada.albers@eltern.example', 'Ada', 'Albers', 'Lindenhofschule']
  for (const password of [
    'albersalbers1',
    'Lindenhofschule',
    'lindenhofschule1',
    'ALBERS.eltern.2026',
    'Lindenhofschule2026!',
  ])
    t.equal(passwordProblem(password, false, own), 'password.own-words', password)
  t.equal(passwordProblem('Albers fährt gern Rad', false, own), null, 'within a longer one it is')
})

const cheap = { memory: 64, time: 1, lanes: 1 }
const salt = Buffer.alloc(16, 7)

t.test('a passphrase gives the same key however its words are typed, and no other gives it', async t => {
  const key = await deriveKey('zaun äpfel wolke', salt, cheap)
  t.equal(key.length, 32)
  for (const typed of [
    'zaun äpfel wolke',
    '  Zaun  ÄPFEL\twolke\n',
    'zaun a\u0308pfel wolke',
    'zaun\u00a0äpfel\u2003wolke',
    'ｚａｕｎ äpfel wolke',
  ])
    t.same(await deriveKey(typed, salt, cheap), key, JSON.stringify(typed))
  for (const other of ['zaun apfel wolke', 'zaunäpfel wolke', 'äpfel zaun wolke', 'zaun äpfel', ''])
    t.notSame(await deriveKey(other, salt, cheap), key, other)
  t.notSame(await deriveKey('zaun äpfel wolke', Buffer.alloc(16, 8), cheap), key, 'another salt')
  t.notSame(await deriveKey('zaun äpfel wolke', salt, { ...cheap, time: 2 }), key, 'another cost')
})

t.test('keys are made one after the other, and not for a crowd', async t => {
  const made = await Promise.allSettled(
    Array.from({ length: 14 }, (_, number) => deriveKey(`words ${number}`, salt, cheap)),
  )
  const refused = made.flatMap((one, number) => (one.status === 'rejected' ? [number] : []))
  t.same(refused, [11, 12, 13])
  t.ok(made[11]?.status === 'rejected' && made[11].reason instanceof TooBusy)
  t.equal((await deriveKey('again', salt, cheap)).length, 32, 'afterwards there is time again')
  await t.rejects(deriveKey('words', Buffer.alloc(1), cheap), 'a salt too short')
  t.equal((await deriveKey('again', salt, cheap)).length, 32, 'a failure does not block the next')
})

t.test('the cost stands in the row in one spelling, and within what a small machine can do', async t => {
  t.equal(writeCost(auditorKeyCost), 'argon2id$m=131072,t=3,p=1')
  t.same(readCost('argon2id$m=131072,t=3,p=1'), auditorKeyCost)
  t.same(readCost(writeCost(cheap)), cheap)
  for (const text of [
    '',
    'argon2id',
    'argon2i$m=131072,t=3,p=1',
    'argon2id$m=131072,t=3',
    'argon2id$m=131072,t=3,p=1,',
    'argon2id$m=0131072,t=3,p=1',
    'argon2id$t=3,m=131072,p=1',
    'argon2id$m=131072,t=0,p=1',
    'argon2id$m=131072,t=3,p=0',
    'argon2id$m=7,t=3,p=1',
    'argon2id$m=131072,t=33,p=1',
    'argon2id$m=131072,t=3,p=17',
    'argon2id$m=99999999999999999999,t=3,p=1',
    'argon2id$m=1e5,t=3,p=1',
    'argon2id$m=131072,t=3,p=1\n',
    'scrypt$m=131072,t=3,p=1',
  ])
    t.throws(() => readCost(text), JSON.stringify(text))
})
