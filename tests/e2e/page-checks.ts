import type { Visit } from '../support/browser.ts'
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { z } from 'zod'
import type { Page } from 'playwright-core'

/** A page never scrolls sideways. Content that is wider has its own scrollbar. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { wanted, there } = await page.evaluate(() => ({
    wanted: document.documentElement.scrollWidth,
    there: document.documentElement.clientWidth,
  }))
  expect(wanted, `${page.url()} at ${there} px`).toBeLessThanOrEqual(there)
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const violations = z.array(
  z.object({
    id: z.string(),
    impact: z.string().nullable(),
    nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
  }),
)

/** Checks that axe-core finds no serious or critical problem. */
export async function expectAccessible(page: Page): Promise<void> {
  // Colours during a transition are not final.
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'))
  await page.evaluate(await readFile(axeFile, 'utf8'))
  const found = violations.parse(
    await page.evaluate('axe.run({ resultTypes: ["violations"] }).then((result) => result.violations)'),
  )
  const grave = found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary ?? ''}`))
  expect(grave, page.url()).toEqual([])
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
