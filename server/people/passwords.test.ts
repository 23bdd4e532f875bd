import t from 'tap'
import { passwordProblem } from './passwords.ts'

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
