import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { shareEndpoints } from '@vitrine/contract'
import type { Page } from 'playwright-core'
import type { PackageFiles } from '../support/api-client.ts'
import { expectAccessible, expectNoSidewaysScroll, watchForeignRequests } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { openShareDialog } from './share-dialog.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** Runs until it is cancelled. */
const endless: PackageFiles = {
  'ai_algorithm.py': `
import time, vitrine

class Algorithm:
    def predict(self, input_data, **parameters):
        while True:
            vitrine.progress(0.5, "still at it")
            yield {"kind": "number", "data": {"value": 42}}
            time.sleep(0.05)
`,
  'algorithm.yaml': 'name: 没完没了\ninput: { type: string }\n',
}

/** The parts of a stage in the order of the Tab key, each once. */
async function partsByTab(page: Page): Promise<string[]> {
  const parts: string[] = []
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    const part = await page.evaluate(() => {
      const here = document.activeElement
      if (here?.closest('form') !== null) return 'give'
      if (here.closest('.see') !== null) return 'see'
      return here.closest('fieldset') === null ? null : 'examples'
    })
    if (part !== null && !parts.includes(part)) parts.push(part)
  }
  return parts
}

/** A customer who may run what is shared. */
export function shareRunCases(world: InBench): void {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
    const admin = await bench.platform.admin()
    await admin.publish('endless', endless)
  }, 4 * minutes)

  test(
    'a customer runs a shared stage on their own text, as often as the link allows',
    async () => {
      const maker = await bench.visitAs('admin')
      const dialog = await openShareDialog(maker, t)
      await dialog.getByLabel(t('shares.most'), { exact: true }).fill('1')
      await dialog.getByRole('button', { name: t('shares.create') }).click()
      const link = new URL(await maker.page.getByTestId('share-url').innerText()).pathname
      await maker.close()

      const customer = await bench.visitAsNobody({ width: 390 })
      const foreign = watchForeignRequests(customer)
      const { page } = customer
      await page.goto(link)
      const run = page.getByRole('button', { name: t('stage.run'), exact: true })
      await run.waitFor()
      // The title and the run button are visible without scrolling.
      for (const seen of [page.getByRole('heading', { level: 1 }), run]) {
        const box = await seen.boundingBox()
        expect(box && box.y >= 0 && box.y + box.height <= 844).toBe(true)
      }
      await page.getByRole('textbox', { name: t('stage.your_input') }).fill('银行下调利率，股市应声上涨。')
      await run.click()
      const bars = page.getByRole('list', { name: t('kinds.classification.name') }).getByRole('listitem')
      // Until the page has begun the run, the same list shows the result of the demo input.
      await bars.first().filter({ hasText: '财经' }).waitFor()
      await page.getByText(t('public.end_text.used_up')).waitFor()
      await expect.poll(() => run.isDisabled()).toBe(true)
      const files = page.getByRole('group', { name: t('stage.save') })
      const saved = page.waitForEvent('download')
      await files.getByRole('button', { name: 'CSV' }).click()
      expect(await readFile(await (await saved).path(), 'utf8')).toContain('财经')
      expect(await files.getByRole('button').allInnerTexts()).toEqual(['CSV', 'JSON', t('report.title')])
      await files.getByRole('button', { name: t('report.title') }).click()
      const report = page.getByRole('dialog').frameLocator('iframe')
      await report.getByText('银行下调利率').first().waitFor()
      await report.getByText('财经').first().waitFor()
      // The visitor has no name, and the one who shares is not told.
      expect(await report.locator('body').innerText()).not.toContain('admin')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'hidden' })
      await expectNoSidewaysScroll(page)
      await expectAccessible(page)
      await customer.screenshot('share-stage-phone', { fullPage: true })
      expect(foreign).toEqual([])
      await customer.close()
    },
    3 * minutes,
  )

  test(
    'the keyboard goes through a stage in its visible order, wide and narrow, shared or not',
    async () => {
      const admin = await bench.platform.admin()
      const body = { kind: 'stage', target_id: 'text-classify', title: '顺序', may_run: true }
      const { url } = await admin.post('/shares', shareEndpoints['POST /shares'].response, body)
      const wide = { width: 1280, order: ['give', 'see'] }
      const narrow = { width: 390, order: ['examples', 'see', 'give'] }
      for (const path of ['/stage/text-classify', new URL(url).pathname])
        for (const { width, order } of [wide, narrow]) {
          const visit = await bench.visitAs('admin', { width })
          await visit.page.goto(path)
          await visit.page.getByRole('textbox', { name: t('stage.your_input') }).waitFor()
          await visit.page.getByText(t('viewers.show_labels')).waitFor()
          expect(await partsByTab(visit.page), `${path} at ${width} px`).toEqual(order)
          await visit.close()
        }
    },
    3 * minutes,
  )

  test(
    'the browser tab of a stage has the algorithm’s name, and that of a link its content, in either language',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/stage/text-classify')
      await expect.poll(() => page.title()).toBe(`文本主题分类 · ${t('app.title')}`)
      await page.getByRole('link', { name: t('stage.all') }).click()
      await expect.poll(() => page.title()).toBe(`${t('showcase.title')} · ${t('app.title')}`)
      await visit.close()

      const admin = await bench.platform.admin()
      const body = { kind: 'stage', target_id: 'text-classify', title: '给您看看', may_run: true }
      const { url } = await admin.post('/shares', shareEndpoints['POST /shares'].response, body)
      const customer = await bench.visitAsNobody()
      await customer.page.goto(new URL(url).pathname)
      await expect.poll(() => customer.page.title()).toBe('给您看看')
      await customer.page.getByRole('button', { name: t('app.switch_language') }).click()
      const english = await wordsOf('en')
      await customer.page.getByRole('button', { name: english('stage.run'), exact: true }).waitFor()
      expect(await customer.page.title()).toBe('给您看看')
      await customer.close()
    },
    3 * minutes,
  )

  test(
    'a customer cancels their run and can start another',
    async () => {
      const admin = await bench.platform.admin()
      const body = { kind: 'stage', target_id: 'endless', title: '试一试', may_run: true }
      const { response } = shareEndpoints['POST /shares']
      const { url } = await admin.post('/shares', response, body)
      const customer = await bench.visitAsNobody({ width: 390 })
      const foreign = watchForeignRequests(customer)
      const { page } = customer
      await page.goto(new URL(url).pathname)
      await page.getByRole('textbox', { name: t('stage.your_input') }).fill('开始')
      const run = page.getByRole('button', { name: t('stage.run'), exact: true })
      await run.click()
      await page.getByText('still at it').waitFor()
      await page.getByText('42', { exact: true }).waitFor()
      await expectNoSidewaysScroll(page)
      await customer.screenshot('share-running-phone', { fullPage: true })
      await page.getByRole('button', { name: t('runs.cancel'), exact: true }).click()
      await page
        .getByRole('status')
        .filter({ hasText: t('runs.status.cancelled') })
        .waitFor()
      await expect.poll(() => page.getByText(t('stage.failed')).count()).toBe(0)
      await expect
        .poll(() => page.getByRole('button', { name: t('runs.cancel'), exact: true }).count())
        .toBe(0)
      await expect.poll(() => run.isEnabled()).toBe(true)
      await expectAccessible(page)
      await customer.screenshot('share-cancelled-phone', { fullPage: true })
      expect(foreign).toEqual([])
      await customer.close()
    },
    3 * minutes,
  )
}
