import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, patienceMs } from '../support/browser.ts'
import { attack, kinds } from './kinds.ts'
import { expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

describeInBrowser('results in a browser', () => {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    await (await bench.platform.admin()).publish('kinds', kinds)
  }, 4 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  /** The keys start nothing while the button does not, e.g. before the service is ready. */
  const untilRunnable = (page: Page) =>
    page
      .getByRole('button', { name: t('stage.run'), exact: true })
      .and(page.locator(':enabled'))
      .waitFor()
  /** Runs an input on an open stage. Resolves with the part of the page that has the result. */
  const resultOf = async (page: Page, input: string) => {
    await page.getByRole('textbox', { name: t('stage.your_text'), exact: true }).fill(input)
    await untilRunnable(page)
    const before = page.url()
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => page.url(), { timeout: patienceMs }).not.toBe(before)
    const output = page.getByRole('region', { name: t('stage.output'), exact: true })
    await output.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
    await output.getByRole('status').waitFor({ state: 'hidden' })
    return output
  }
  const isAttacked = (page: Page) => page.evaluate(() => 'attacked' in window)

  test(
    'each kind is shown by its viewer, and its content is text that never runs',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/stage/kinds')
      await (await resultOf(page, 'text')).getByText(attack, { exact: true }).waitFor()
      const json = await resultOf(page, 'json')
      await json.getByText('城市').waitFor()
      await expect.poll(() => json.innerText()).toContain('"上海"')
      const number = await resultOf(page, 'number')
      await number.getByText(/36\.6/).first().waitFor()
      await expect.poll(() => number.innerText()).toContain('℃')
      const table = await resultOf(page, 'table')
      await table.getByRole('cell', { name: 'G1' }).waitFor()
      await expect.poll(() => table.getByRole('columnheader').allInnerTexts()).toEqual(['车次', attack])
      const bars = (await resultOf(page, 'classification')).getByRole('listitem')
      await bars.first().waitFor()
      await expect.poll(() => bars.first().innerText()).toContain(attack)
      const tokens = (await resultOf(page, 'tokens')).locator('mark')
      await tokens.first().waitFor()
      await expect.poll(() => tokens.first().innerText()).toContain(attack)
      expect(await isAttacked(page)).toBe(false)
      await visit.close()
    },
    4 * minutes,
  )

  test(
    'data that does not have the form of its kind is shown unchanged, with a note',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/stage/kinds')
      for (const kind of ['classification', 'detection', 'keypoints']) {
        const output = await resultOf(page, `broken ${kind}`)
        await output.getByRole('note').getByText(t('viewers.fallback.ill_formed', { kind })).waitFor()
      }
      await visit.screenshot('result-ill-formed')
      const unknown = await resultOf(page, 'unknown')
      await unknown.getByText(t('viewers.fallback.unknown', { kind: 'hologram' })).waitFor()
      await unknown.getByText('深度').waitFor()
      await (await resultOf(page, 'script address')).getByText(t('viewers.address_refused')).waitFor()
      expect(await isAttacked(page)).toBe(false)
      await expectNoSidewaysScroll(page)
      await visit.close()
    },
    4 * minutes,
  )

  test(
    'an input that makes the algorithm raise an error shows that error, and the next run works',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/stage/kinds')
      await page.getByRole('textbox', { name: t('stage.your_text'), exact: true }).fill('no such kind')
      await untilRunnable(page)
      await page.keyboard.press('Control+Enter')
      const failure = page.getByRole('alert').filter({ hasText: t('stage.failed') })
      await failure.waitFor()
      await expect.poll(() => failure.innerText()).toContain('no such kind')
      await visit.screenshot('run-failed')
      await (await resultOf(page, 'number')).getByText(/36\.6/).first().waitFor()
      await visit.close()
    },
    4 * minutes,
  )
})
