import t from 'tap'
import { castPassword } from '../demo/cast.ts'
import { startSchool } from './school.ts'

t.test(
  'a guardian registers with a code, accepts the terms, reads a letter and answers it; the teacher sees it',
  async t => {
    const school = await startSchool(t)
    const paula = await school.as('paula')
    await paula.get('/letters/new')
    const drafted = await paula.post('/letters', {
      title: 'Ausflug in den Zoo',
      text: 'Liebe Eltern,\n\nwir gehen in den **Zoo**.',
      audience: `${school.ids.groups['5b']}:guardians`,
      answer: 'yes_no',
      question: 'Kommt Ihr Kind mit?',
      choices: '',
      respond_by: '2026-11-27',
      next: 'preview',
    })
    t.equal(drafted.status, 303)
    const preview = await paula.follow(drafted)
    t.match(preview.body, 'Kovač, Mila', 'the preview names the child whom nobody registered reaches')
    t.notMatch(preview.body, 'Behrens, Ben', 'and not one whose mother is registered')
    const id = /\/letters\/([0-9a-z]{16})\/preview/.exec(drafted.headers.location ?? '')?.[1]
    const published = await paula.post(`/letters/${id}/publication`)
    t.equal(published.status, 303)

    const jelena = school.visitor()
    await jelena.get('/register')
    const typed = `${school.ids.code.code.slice(0, 4).toLowerCase()} ${school.ids.code.code.slice(4)}`
    const entered = await jelena.post('/register', { code: typed })
    t.equal(entered.headers.location, '/register/account')
    const form = await jelena.follow(entered)
    t.notMatch(form.body, 'Mila', 'nothing about the child is shown before success')
    const registered = await jelena.post('/register/account', {
      login: 'jelena@eltern.example',
      password: castPassword,
    })
    t.equal(registered.headers.location, '/terms/acceptance')
    const early = await jelena.get('/')
    t.equal(early.headers.location, '/terms/acceptance', 'no page before the terms are accepted')
    await jelena.follow(registered)
    const accepted = await jelena.post('/terms/acceptance', { accept: 'yes' })
    const start = await jelena.follow(accepted)
    t.match(start.body, 'Ausflug in den Zoo')
    t.match(start.body, 'Mila')

    const letter = await jelena.get(`/letters/${id}`)
    t.match(letter.body, '<strong>Zoo</strong>')
    const replied = await jelena.post(`/letters/${id}/replies`, { pupil: school.ids.pupils.mila ?? '', value: 'yes' })
    t.equal(replied.status, 303)
    t.match((await jelena.follow(replied)).body, 'Beantwortet')

    const returns = await paula.get(`/letters/${id}/returns`)
    t.match(returns.body, /Kovač, Mila[\s\S]*?Beantwortet/)

    const trail = await school.audit()
    t.match(
      trail.filter(entry => entry.k === 'letter.reply').map(entry => [entry.r, entry.o.map(([kind]) => kind).sort()]),
      [['try', ['letter', 'pupil']]],
    )
    t.notMatch(JSON.stringify(trail), /Zoo|Mila|eltern\.example/, 'the record holds no text, name or address')
    t.notMatch(
      school.log.join(''),
      /Mila|eltern\.example|127\.0\.0\.1|[0-9a-z]{16}/,
      'and the log no name, address or id',
    )
  },
)
