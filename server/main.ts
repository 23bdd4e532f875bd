import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { makeApp, navigation } from './app.ts'
import { type AuditLog, openAuditLog } from './audit/log.ts'
import { schoolClock } from './clock.ts'
import type { Config } from './config.ts'
import { type House, schoolFrom } from './house.ts'
import { startJobs } from './jobs.ts'
import { refreshAuditorCare } from './people/auditor-care.ts'
import { Ceremonies } from './people/ceremonies.ts'
import { shortMemory } from './people/codes.ts'
import { watched } from './recording.ts'
import { loadSecrets } from './secrets.ts'
import { readSoftware } from './software.ts'
import { type Database, openDatabase } from './storage/database.ts'
import { lockData } from './storage/lock.ts'
import { migrate, requireCurrentSchema } from './storage/migrate.ts'
import type { Tables } from './storage/tables.ts'
import { readCertificate } from './tls.ts'
import { loadTexts } from './web/i18n.ts'
import { loadViews } from './web/render.ts'
import { assetPaths } from './web/static.ts'

const root = join(import.meta.dirname, '..')
const hour = 3_600_000

interface Options {
  /** Milliseconds since 1970; only tests give another. */
  readonly now?: () => number
  /** Brings the schema up to date instead of refusing an old one. */
  readonly migrate?: boolean
  /** Where log lines go; standard output unless told. */
  readonly logTo?: { write(line: string): void }
  /** Records in another log than the one in the data folder; the bench measures what the own one costs. */
  readonly audit?: AuditLog
}

/** Opens everything that a portal needs, for the server and for the command line. The data folder is ours until `close`. */
export async function openHouse(
  config: Config,
  options: Options = {},
): Promise<{ house: House; close(): Promise<void> }> {
  const opened: { close(): Promise<void> }[] = []
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  }
  try {
    opened.push(await lockData(config.data))
    const clock = schoolClock(config.timeZone, options.now)
    const database = await openDatabase(join(config.data, 'pforte.db'))
    opened.push(database)
    if (!options.migrate) await requireCurrentSchema(database)
    // Before the tables: a folder that has them without keys has lost its keys.
    const secrets = loadSecrets(config.data, process.env.CREDENTIALS_DIRECTORY, await isNew(database))
    if (options.migrate) await migrate(database)
    const software = readSoftware(root)
    const audit =
      options.audit ??
      (await openAuditLog({
        folder: config.data,
        clock,
        key: secrets.checkpointKey,
        host: new URL(config.origin).hostname,
        retentionDays: config.audit.retentionDays,
        reasonGiven: config.audit.reasonGiven,
        software,
      }))
    opened.push(audit)
    const recording = { works: true }
    const row = await database.reader<Tables['school']>('school').first()
    const house: House = {
      config,
      database,
      audit: watched(audit, recording),
      recording,
      clock,
      log: pino({ level: config.logLevel, base: null }, options.logTo ?? pino.destination(1)),
      secrets,
      texts: loadTexts(join(root, 'config/locales'), config.timeZone),
      views: loadViews(join(root, 'views')),
      codeBatches: shortMemory(clock.now, hour),
      enteredCodes: shortMemory(clock.now, hour / 2),
      openedCases: shortMemory(clock.now, hour / 4),
      challenges: shortMemory(clock.now, hour / 12),
      newFactors: shortMemory(clock.now, hour / 2),
      newRecoveryCodes: shortMemory(clock.now, hour / 2),
      ceremonies: new Ceremonies(clock),
      preparedKeys: shortMemory(clock.now, hour / 2),
      auditorCare: { current: { healthy: 0, active: 0 } },
      openReports: shortMemory(clock.steady, hour / 4),
      school: { current: schoolFrom(row) },
      navigation,
      asset: assetPaths(join(root, 'static')),
      version: software.version,
    }
    await refreshAuditorCare(house)
    return { house, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Whether nothing has ever been stored in this data folder. */
export async function isNew(database: Database): Promise<boolean> {
  const tables = await database.writer.raw<unknown[]>('SELECT 1 FROM sqlite_master LIMIT 1')
  return tables.length === 0 && !existsSync(join(dirname(database.file), 'audit.db'))
}

const mostConnections = 2000
const mostConnectionsFromOneAddress = 256

/** TLS by Node itself, with limits that a slow or greedy client runs into. */
function makeServer(
  config: Config,
  handler: (...args: Parameters<ReturnType<ReturnType<typeof makeApp>['callback']>>) => void,
): Server {
  const server = createServer(
    {
      ...readCertificate(config.data),
      minVersion: 'TLSv1.2',
      maxHeaderSize: 16_384,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      handshakeTimeout: 10_000,
      connectionsCheckingInterval: 2_000,
    },
    handler,
  )
  server.maxConnections = mostConnections
  server.maxHeadersCount = 100
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (open.get(address) ?? 0) + 1
    if (count > mostConnectionsFromOneAddress) {
      socket.destroy()
      return
    }
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
  return server
}

/** The first of the descriptors that systemd hands over (sd_listen_fds(3)), where it does. */
function inheritedDescriptor(): number | null {
  const { LISTEN_PID, LISTEN_FDS } = process.env
  return Number(LISTEN_FDS) > 0 && Number(LISTEN_PID) === process.pid ? 3 : null
}

export interface Portal {
  readonly house: House
  readonly port: number
  /** Stops to accept, lets running requests end, closes both databases and gives the data folder back; once, however often it is asked. */
  stop(): Promise<void>
}

/** Starts the portal: lock, databases, schema check, application, jobs, then it listens. */
export async function startPortal(config: Config, options: Options = {}): Promise<Portal> {
  const { house, close } = await openHouse(config, options)
  const app = makeApp(house)
  app.on('error', (error: Error) => house.log.error({ kind: error.constructor.name }, 'answer broken off'))
  const answer = app.callback()
  const descriptor = inheritedDescriptor()
  const started: { stop(): Promise<void> }[] = []
  let server: Server
  try {
    server = makeServer(config, (request, response) => void answer(request, response))
    started.push(await startJobs(house))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(
        descriptor === null ? { host: config.listen.address, port: config.listen.port } : { fd: descriptor },
        resolve,
      )
    })
  } catch (error) {
    for (const jobs of started) await jobs.stop()
    await close()
    throw error
  }
  // Too many open files, for one: that connection is lost, the portal is not.
  server.on('error', error =>
    house.log.error({ kind: (error as NodeJS.ErrnoException).code }, 'a connection was not taken'),
  )
  const { port } = server.address() as AddressInfo
  house.log.info({ port, version: house.version }, 'listening')
  let stopping: Promise<void> | undefined
  return {
    house,
    port,
    stop() {
      stopping ??= stop()
      return stopping
    },
  }

  async function stop(): Promise<void> {
    await house.ceremonies.close()
    for (const jobs of started) await jobs.stop()
    await new Promise<void>(resolve => {
      server.close(() => resolve())
      // Browsers keep their lines open after the last answer; nobody may wait for them.
      const idle = setInterval(() => server.closeIdleConnections(), 100).unref()
      setTimeout(() => server.closeAllConnections(), 10_000).unref()
      server.once('close', () => clearInterval(idle))
    })
    await close()
  }
}
