import { languages } from '../../apps/web/src/locales/languages.ts'
import { themes, type Visit } from '../support/browser.ts'
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { z } from 'zod'
import type { Locator, Page } from 'playwright-core'

/**
 * A page at rest never scrolls sideways. Content that is wider has its own scrollbar. What is drawn by its size, such as a
 * chart, follows a moment after the page has another one.
 */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const beyond = () =>
    page.evaluate(() => {
      const { scrollWidth: wanted, clientWidth: there } = document.documentElement
      return wanted > there ? `${location.href} is ${wanted} px wide at ${there} px` : ''
    })
  await expect.poll(beyond).toBe('')
}

/** Whether an element is within the part of the page that the window shows, above its lower edge too. */
export const isInView = (element: Locator): Promise<boolean> =>
  element.evaluate((shown) => {
    const { top, bottom } = shown.getBoundingClientRect()
    return top >= 0 && bottom > top && bottom <= window.innerHeight
  })

/** Whether an element ends above another, so that it covers nothing of it. */
export async function isAbove(upper: Locator, lower: Locator): Promise<boolean> {
  const [above, below] = [await upper.boundingBox(), await lower.boundingBox()]
  return above !== null && below !== null && above.y + above.height <= below.y
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const violations = z.array(
  z.object({
    id: z.string(),
    impact: z.string().nullable(),
    nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
  }),
)

/** The rules of axe-core that look at colours. The others find the same in every theme: it changes nothing but colours. */
const colourRules = ['color-contrast', 'link-in-text-block']

/** `region` takes as long as a third of all others, and what it finds is never more than moderate. */
const disabled = (rules: readonly string[]) => ({
  rules: Object.fromEntries([...rules, 'region'].map((rule) => [rule, { enabled: false }])),
})

/** What axe-core looks at. The colours of a page are the same in every language, and all but them in every theme. */
const seenBy = {
  everything: disabled([]),
  'all but colours': disabled(colourRules),
  colours: { runOnly: colourRules },
}

/** Checks that axe-core finds no serious or critical problem. */
export async function expectAccessible(page: Page, at: keyof typeof seenBy = 'everything'): Promise<void> {
  // Colours during a transition are not final.
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'))
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(await readFile(axeFile, 'utf8'))
  const options = { resultTypes: ['violations'], ...seenBy[at] }
  const found = violations.parse(
    await page.evaluate(`axe.run(${JSON.stringify(options)}).then((result) => result.violations)`),
  )
  const grave = found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary ?? ''}`))
  expect(grave, page.url()).toEqual([])
}

/**
 * Checks that axe-core finds no serious or critical problem in any theme, on a page whose look has chosen none. `see`
 * looks at the page in each theme.
 */
export async function expectAccessibleInEachTheme(
  visit: Visit,
  see: (theme: (typeof themes)[number]) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await visit.inEachTheme(async (theme) => {
    await expectAccessible(visit.page, theme === themes[0] ? 'everything' : 'colours')
    await see(theme)
  })
}

/**
 * Takes pictures of a page in every language and theme at some widths, and leaves it in the first language, width and theme.
 * `ready` resolves when the page shows what it is about, after it was loaded: once in each language.
 */
export async function takeAllLooks(
  visit: Visit,
  name: string,
  widths: readonly [number, ...number[]],
  ready: () => Promise<unknown>,
): Promise<void> {
  // The first language is the last, so that the page need not be loaded again for it.
  for (const language of languages.toReversed()) {
    await visit.lookAs({ language, width: widths[0] })
    await ready()
    for (const width of widths) {
      await visit.resize(width)
      await visit.inEachTheme(async (theme) => {
        await expectNoSidewaysScroll(visit.page)
        await visit.screenshot(`${name}-${theme}-${language}-${width}`, { fullPage: width < 1280 })
      })
    }
  }
  await visit.resize(widths[0])
}

/**
 * Records requests to the API and to algorithms that the page of a share link makes from now on outside the
 * link's own routes.
 */
export function watchForeignRequests({ page }: Visit): string[] {
  const foreign: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    const isCall = pathname.startsWith('/api/') || pathname.startsWith('/ai/')
    if (isCall && !pathname.startsWith('/api/v1/public/shares/'))
      foreign.push(`${request.method()} ${pathname}`)
  })
  return foreign
}
