import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { castPassword } from '../../demo/cast.ts'
import type { School } from '../school.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Which school a window looks at, so that its clock tells the codes of an app. */
const schools = new WeakMap<Page, Shown>()

/** What a browser needs of a school; one on its first day has no cast with codes yet. */
type Shown = { readonly portal: Pick<School['portal'], 'port'> } & Partial<Pick<School, 'code'>>

/** Debian's Chromium; where there is none these tests fail and say which package is missing. */
function executable(): string {
  try {
    return execFileSync('/bin/sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
  } catch {
    throw new Error('Chromium is missing: apt-get install chromium')
  }
}

/** A real browser on the school; whatever its pages complain about, or break of the content policy, fails the test. */
export async function openChromium(t: Test, school: Shown) {
  const browser = await chromium.launch({
    executablePath: executable(),
    args: [
      '--headless',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  t.teardown(() => browser.close())
  const base = `https://localhost:${school.portal.port}`
  return {
    /** A window of its own, as another person's browser would be. */
    async window(options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({
        baseURL: base,
        ignoreHTTPSErrors: true,
        viewport: { width: 360, height: 740 },
        locale: 'de-DE',
        ...options,
      })
      context.setDefaultTimeout(20_000)
      const page = await context.newPage()
      schools.set(page, school)
      watch(t, context, page)
      return page
    },
  }
}

function watch(t: Test, context: BrowserContext, page: Page): void {
  page.on('console', message => {
    if (message.type() === 'error' && !/status of (4|5)\d\d/.test(message.text()))
      t.fail(`the page complains: ${message.text()}`)
  })
  page.on('pageerror', error => t.fail(`the page's script breaks: ${error.message}`))
  context.on('request', request => {
    if (!request.url().startsWith('https://localhost:')) t.fail(`the page asks elsewhere: ${request.url()}`)
  })
}

/** With the password, and with the code of the app where there is one. */
export async function signIn(page: Page, login: string): Promise<void> {
  await page.goto('/sign-in')
  await page.fill('form[action="/sign-in"] [name=login]', login)
  await page.fill('form[action="/sign-in"] [name=password]', castPassword)
  await page.click('form[action="/sign-in"] button.main')
  await page.waitForURL(url => url.pathname !== '/sign-in')
  if (!page.url().endsWith('/sign-in/factor')) return
  const key = login.split('@')[0] ?? ''
  await page.fill('#proof', (await schools.get(page)?.code?.(key)) ?? '')
  await page.click('form[action="/sign-in/factor"] button.main')
  await page.waitForURL(url => url.pathname !== '/sign-in/factor')
}

/** What axe-core finds wrong, in words. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Past the content policy, which forbids the page itself to take in scripts: axe comes through the debugger.
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run()
    return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)}`))
  })
}

/** How many pixels the page is wider than the screen. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { documentElement: { scrollWidth: number; clientWidth: number } }
    }
    return document.documentElement.scrollWidth - document.documentElement.clientWidth
  })
}
