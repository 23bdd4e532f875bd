import { join } from 'node:path'
import Koa from 'koa'
import { inventory } from './audit/inventory-pages.ts'
import { ledger } from './audit/ledger-pages.ts'
import { auditing } from './auditors/pages.ts'
import { closing } from './cases/closing-pages.ts'
import { locking } from './cases/lock-pages.ts'
import { notices } from './cases/notice-pages.ts'
import { observing } from './cases/observer-pages.ts'
import { opening } from './cases/opening-pages.ts'
import { openings } from './cases/openings-pages.ts'
import { cases } from './cases/pages.ts'
import { reports } from './cases/report-pages.ts'
import { home } from './home/pages.ts'
import type { House } from './house.ts'
import { letters } from './letters/pages.ts'
import { account } from './people/account.ts'
import { factors } from './people/factors-pages.ts'
import { groups } from './people/group-pages.ts'
import { losses } from './people/losses-pages.ts'
import { proof } from './people/proof-pages.ts'
import { registering } from './people/registering.ts'
import { signIn } from './people/sign-in.ts'
import { roll } from './roll/pages.ts'
import type { Context, State } from './web/context.ts'
import { errorPages } from './web/errors.ts'
import { securityHeaders } from './web/headers.ts'
import { language } from './web/language.ts'
import type { NavigationEntry } from './web/locals.ts'
import { intranetOnly } from './web/network.ts'
import type { Pages, Route } from './web/pages.ts'
import { refuseOutsiders } from './web/refused.ts'
import { requestLog } from './web/request-log.ts'
import { sessions } from './web/session.ts'
import { staticFiles } from './web/static.ts'

/** Every feature of the portal. */
const features: readonly Pages[] = [
  home,
  letters,
  signIn,
  registering,
  account,
  factors,
  proof,
  losses,
  roll,
  groups,
  cases,
  auditing,
  opening,
  reports,
  closing,
  notices,
  inventory,
  ledger,
  locking,
  observing,
  openings,
]

export const navigation: readonly NavigationEntry[] = [
  { key: 'home', href: '/', shownTo: () => true },
  { key: 'letters', href: '/letters', shownTo: () => true },
  { key: 'roll', href: '/roll', shownTo: viewer => viewer.holds('office') },
  { key: 'school', href: '/school', shownTo: viewer => viewer.holds('admin') },
  { key: 'groups', href: '/groups', also: ['/staff'], shownTo: viewer => viewer.holds('admin') },
  {
    key: 'audit',
    href: '/audit',
    also: ['/cases', '/auditors', '/openings', '/observer', '/locks'],
    shownTo: viewer => viewer.offices.size > 0,
  },
]

export const routes: readonly Route[] = features.flatMap(feature => feature.routes)

/** The chain that every request goes through, outermost first. */
export function makeApp(house: House): Koa<State> {
  const app = new Koa<State>({ proxy: false })
  app.silent = true
  app.use((context, next) => {
    Object.assign(context.state, {
      house,
      address: '',
      route: null,
      language: house.texts.language('de'),
      viewer: null,
      session: null,
      half: null,
      freshSessions: new Set(),
      form: null,
    } satisfies State)
    return next()
  })
  app.use(requestLog)
  app.use(securityHeaders)
  app.use(errorPages)
  app.use(intranetOnly(house.config, refuseOutsiders(house)))
  app.use(health)
  app.use(staticFiles(join(import.meta.dirname, '../static')))
  app.use(language)
  app.use(sessions(app, house))
  for (const feature of features) app.use(feature.router.routes())
  return app
}

async function health(context: Context, next: () => Promise<void>): Promise<void> {
  if (context.path !== '/health') return next()
  const { house } = context.state
  context.state.route = '/health'
  try {
    await house.database.reader.raw('SELECT 1')
    const recording = house.recording.works
    if (!recording) context.status = 503
    context.body = { ok: recording, version: house.version, recording }
  } catch (error) {
    house.log.error({ kind: (error as Error).constructor.name }, 'not healthy')
    context.status = 503
    context.body = { ok: false, version: house.version }
  }
}
