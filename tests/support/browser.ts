import { existsSync, statfsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { describe, onTestFailed } from 'vitest'
import type { Language } from '../../apps/web/src/locales/languages.ts'

/** Debian's browser without a window. It takes a quarter less of the processor than chromium itself. */
const executable = '/usr/bin/chromium-headless-shell'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that beeps and a camera that shows a test picture. Pages may use them without a question.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
]
/**
 * A page of a test lives for seconds, and what the browser compiles to run faster is then rarely run so often that it was worth it. So it
 * compiles what has run ten times as often as usual, except where time is measured (`vitest.config.ts`).
 */
const compilingRarely = ['maglev=4000', 'maglev-osr=1000', 'turbofan=30000', 'osr=5000']
const scriptArgs =
  process.env.PAGES_COMPILE === 'rarely'
    ? [`--js-flags=${compilingRarely.map((each) => `--invocation-count-for-${each}`).join(' ')}`]
    : []
/** Pictures of pages go from process to process through files in memory. Playwright has them on the disk, because containers may have little of it. */
const roomInMemory = 2 ** 30
const hasMemoryFiles = (): boolean => {
  if (!existsSync('/dev/shm')) return false
  const { bavail, bsize } = statfsSync('/dev/shm')
  return bavail * bsize > roomInMemory
}
/** Much more than any step needs on a busy machine. */
export const patienceMs = 60_000
/** How much of a page is printed when its test has failed, in characters. */
const longestText = 4_000
/** A picture takes the processor as long as a page that loads, and no test looks at it. */
const wantsPictures = process.env.PICTURES === '1'
const screenshots = new URL('../../test-results/screenshots', import.meta.url).pathname

/** The themes of the pages. */
export const themes = ['light', 'dark'] as const

/** How a page is shown. Sizes are in CSS pixels; `scale` is device pixels per CSS pixel. */
export type Look = {
  language?: Language
  theme?: (typeof themes)[number]
  width?: number
  height?: number
  scale?: number
}

const isThere = existsSync(executable)
/**
 * Describes tests that need a real browser. Without Debian's chromium-headless-shell they are skipped, and the name says so.
 */
export const describeInBrowser = (name: string, tests: () => void): void => {
  describe.skipIf(!isThere)(isThere ? name : `${name} (skipped: needs ${executable})`, tests)
}

/**
 * A page with its own browser profile. Everything that goes wrong in it is kept in `problems`: an error on
 * the console, an exception, or an unexpected answer of 400 or above.
 */
export class Visit {
  readonly page: Page
  readonly problems: string[] = []
  readonly #context: BrowserContext
  readonly #expected: RegExp[] = []

  constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
    page.on('pageerror', (error) => this.problems.push(`exception: ${error.stack ?? error.message}`))
    page.on('console', (message) => {
      // Answers are judged below, where their status and address are known.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.problems.push(`console: ${message.text()}`)
    })
    page.on('response', (response) => {
      const line = `${response.status()} ${response.request().method()} ${new URL(response.url()).pathname}`
      if (response.status() >= 400 && !this.#expected.some((pattern) => pattern.test(line)))
        this.problems.push(`answer: ${line}`)
    })
  }

  /** Expects answers that belong to the test, as `STATUS METHOD PATH`. */
  expectAnswer(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  /** Saves a picture of the page, for people who want to look at it: with `PICTURES=1`. */
  async screenshot(name: string, options: { fullPage?: boolean } = {}): Promise<void> {
    if (!wantsPictures) return
    await mkdir(screenshots, { recursive: true })
    await this.page.screenshot({
      path: join(screenshots, `${name}.png`),
      animations: 'disabled',
      fullPage: options.fullPage ?? false,
    })
  }

  /** Gives the page another size, without loading it again. */
  resize = (width: number, height = heightFor(width)): Promise<void> =>
    this.page.setViewportSize({ width, height })

  /** Shows the page in another language, theme or size by changing its preferences, and reloads it. */
  async lookAs(look: Look): Promise<void> {
    if (look.width !== undefined) await this.resize(look.width, look.height)
    await this.page.evaluate(keepPreferences, { language: look.language, theme: look.theme })
    await this.page.reload()
  }

  /**
   * Does something in each theme, and shows the first again at the end. The page is not loaded again: the system
   * changes to the theme, which a page follows whose look has chosen none.
   */
  async inEachTheme(work: (theme: (typeof themes)[number]) => Promise<unknown>): Promise<void> {
    for (const theme of themes) {
      await this.#followTheme(theme)
      await work(theme)
    }
    await this.#followTheme(themes[0])
  }

  async #followTheme(theme: (typeof themes)[number]): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme })
    await this.page.waitForFunction(
      (isDark) => document.documentElement.classList.contains('dark') === isDark,
      theme === 'dark',
    )
  }

  /** Where the page is, what went wrong in it, and its text: for a test that failed without saying why. */
  async #told(): Promise<string> {
    const text = await this.page
      .locator('body')
      .innerText({ timeout: 10_000 })
      .catch((error: unknown) => String(error))
    return [`a test failed with ${this.page.url()}`, ...this.problems, text.slice(0, longestText)].join('\n')
  }

  /** Prints what the page shows if the test that runs now fails. */
  tellIfFailed(): void {
    try {
      onTestFailed(async () => console.error(await this.#told()))
    } catch {
      // It is opened for all tests of a file, or by a benchmark.
    }
  }

  /** Closes the page. Throws if anything went wrong in it. */
  async close(): Promise<void> {
    // A page may ask for something just now, and what handles it would fail without the page.
    await this.page.unrouteAll({ behavior: 'ignoreErrors' })
    await this.#context.close()
    if (this.problems.length > 0) throw new Error(`problems on the page:\n${this.problems.join('\n')}`)
  }
}

const heightFor = (width: number): number => (width < 600 ? 844 : 800)

type Preferences = { language?: string; theme?: string }
// Runs in the page.
const keepPreferences = ({ language, theme }: Preferences): void => {
  if (language !== undefined) localStorage.setItem('vitrine.language', language)
  if (theme !== undefined) localStorage.setItem('vitrine.theme', theme)
}

/** A real browser with a new home folder. Each visit has its own profile. */
export class TestBrowser {
  readonly #browser: Browser
  readonly #home: string

  constructor(browser: Browser, home: string) {
    this.#browser = browser
    this.#home = home
  }

  /** Opens a new page at `origin` without a sign-in. Paths given to `goto` are relative to it. */
  async visit(origin: string, look: Look = {}): Promise<Visit> {
    const width = look.width ?? 1280
    const context = await this.#browser.newContext({
      baseURL: origin,
      viewport: { width, height: look.height ?? heightFor(width) },
      deviceScaleFactor: look.scale ?? 1,
      locale: look.language === 'en' ? 'en-GB' : 'zh-CN',
      colorScheme: look.theme ?? 'light',
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(patienceMs)
    // Benchmarks run with tsx, which keeps the names of functions with a helper function that a page does not
    // have.
    await context.addInitScript('globalThis.__name = (named) => named')
    // Only if nothing is stored yet, so that the page's own changes are kept.
    await context.addInitScript(
      ({ language, theme }) => {
        if (language && localStorage.getItem('vitrine.language') === null)
          localStorage.setItem('vitrine.language', language)
        if (theme && localStorage.getItem('vitrine.theme') === null)
          localStorage.setItem('vitrine.theme', theme)
      },
      { language: look.language, theme: look.theme },
    )
    const visit = new Visit(context, await context.newPage())
    visit.tellIfFailed()
    return visit
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await rm(this.#home, { recursive: true, force: true })
  }
}

/** Starts Debian's chromium-headless-shell. */
export async function openBrowser(): Promise<TestBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'vitrine-browser-'))
  const browser = await chromium.launch({
    executablePath: executable,
    args: [...args, ...scriptArgs],
    ...(hasMemoryFiles() && { ignoreDefaultArgs: ['--disable-dev-shm-usage'] }),
    timeout: patienceMs,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8' },
  })
  return new TestBrowser(browser, home)
}
