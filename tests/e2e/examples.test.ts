import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { describeInBrowser, type Look, type Visit } from '../support/browser.ts'
import { projectFolder } from '../support/built-project.ts'
import { expectNoSidewaysScroll, takeAllLooks } from './page-checks.ts'
import { untilSampled } from './sample.ts'
import { shrinkPicture } from './shrink-picture.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const examples = ['text-classify', 'image-recog']

describeInBrowser('the examples in a browser', () => {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = await TestBench.open({ VITRINE_DEMO: 'on' })
    t = await wordsOf('zh')
    const admin = await bench.platform.admin()
    for (const id of examples) {
      const isReady = async () => (await admin.service(id).catch(() => null))?.health === 'READY'
      if (!(await waitFor(isReady, { timeoutMs: 3 * minutes, everyMs: 250 })))
        throw new Error(`${id} does not become ready: ${(await bench.platform.log()).slice(-4_000)}`)
      await untilSampled(admin, id)
    }
  }, 5 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  const openStage = async (id: string, look?: Look): Promise<Visit> => {
    const visit = await bench.visitAs('admin', look)
    await visit.page.goto(`/stage/${id}`)
    return visit
  }
  /** Runs the chosen input, by keyboard as well as by the button, and waits for the end. */
  const run = async ({ page }: Visit) => {
    await page
      .getByRole('button', { name: t('stage.run'), exact: true })
      .and(page.locator(':enabled'))
      .waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
  }
  const pictureOf = ({ page }: Visit) =>
    page.getByRole('region', { name: t('viewers.in_picture') }).getByRole('img')
  /** Takes a picture of the result in each language and theme, by its address, as a person does who got the link. */
  const inAllLooks = async (visit: Visit, name: string, result: () => Locator) => {
    await takeAllLooks(visit, name, [1280], () => result().first().waitFor())
    await visit.lookAs({ width: 390 })
    await result().first().waitFor()
    await expectNoSidewaysScroll(visit.page)
    await visit.screenshot(`${name}-light-zh-390`, { fullPage: true })
  }

  test.each([1280, 390])(
    'a stage opens with a real result of a demo input in view, which is replaced by the person’s own (%i px)',
    async (width) => {
      const visit = await openStage('text-classify', { width })
      const { page } = visit
      await page.getByText(t('stage.sample', { name: '绝杀之夜' })).waitFor()
      const first = page
        .getByRole('list', { name: t('kinds.classification.name') })
        .getByRole('listitem')
        .first()
      const runButton = page.getByRole('button', { name: t('stage.run'), exact: true })
      for (const seen of [page.getByRole('heading', { level: 1 }), first, runButton]) {
        const box = await seen.boundingBox()
        expect(box && box.y >= 0 && box.y + box.height <= (page.viewportSize()?.height ?? 0)).toBe(true)
      }
      await expect.poll(() => first.innerText()).toContain('体育')
      await expectNoSidewaysScroll(page)
      await page
        .getByRole('textbox', { name: t('stage.your_text'), exact: true })
        .fill('银行下调利率，股市上涨。')
      await page.getByText(t('stage.sample', { name: '绝杀之夜' })).waitFor()
      await run(visit)
      await expect.poll(() => page.getByText(t('stage.sample', { name: '绝杀之夜' })).count()).toBe(0)
      await expect.poll(() => first.innerText()).toContain('财经')
      await page.getByRole('radio', { name: '绝杀之夜' }).check()
      await page.getByText(t('stage.sample', { name: '绝杀之夜' })).waitFor()
      await expect.poll(() => first.innerText()).toContain('体育')
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'a text is assigned to topics, and its deciding words are marked',
    async () => {
      const visit = await openStage('text-classify')
      const { page } = visit
      await page.getByRole('radio', { name: '绝杀之夜' }).check()
      await run(visit)
      const bars = page.getByRole('list', { name: t('kinds.classification.name') }).getByRole('listitem')
      await bars.first().waitFor()
      await expect.poll(() => bars.first().innerText()).toMatch(/体育\s*\d+\.\d%/)

      const reasons = page.getByRole('region', { name: '起决定作用的词' })
      const marked = reasons.locator('mark')
      // Each viewer is drawn once its code is loaded.
      await expect.poll(() => marked.count()).toBeGreaterThan(2)
      await expect.poll(() => reasons.innerText()).toContain('体育')
      await reasons.getByRole('checkbox', { name: t('viewers.show_labels') }).uncheck()
      await expect.poll(() => reasons.innerText()).not.toContain('体育')
      expect((await reasons.innerText()).replaceAll('\n', '')).toContain(
        '终场哨响前，替补登场的小将接队友传中头球破门',
      )
      await inAllLooks(visit, 'text-classify', () => page.locator('mark'))
      await visit.close()
    },
    4 * minutes,
  )

  test(
    'people are marked in a picture, with labels and a threshold that needs no new run',
    async () => {
      const visit = await openStage('image-recog')
      const { page } = visit
      let runs = 0
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/runs')) runs++
      })
      await page.getByRole('radio', { name: '宇航员' }).check()
      await run(visit)
      const picture = pictureOf(visit)
      await picture.waitFor()
      await expect.poll(() => picture.getAttribute('aria-label')).toMatch(/人 × 1/)
      await expect.poll(() => picture.locator('rect').count()).toBeGreaterThan(2)
      await expect.poll(() => picture.locator('path.points').count()).toBeGreaterThan(0)
      const box = await picture.boundingBox()
      expect((box?.y ?? 0) + (box?.height ?? 0), 'the whole result is above the fold').toBeLessThanOrEqual(
        800,
      )
      await expect.poll(() => page.getByRole('region', { name: '文字说明' }).innerText()).toMatch(/\S{4}/)

      const label = picture.getByText(/^人 \d/)
      await label.waitFor()
      await page.getByRole('checkbox', { name: t('viewers.show_labels') }).uncheck()
      await expect.poll(() => label.count()).toBe(0)
      await page.getByRole('checkbox', { name: t('viewers.show_labels') }).check()

      const findings = page.getByText(new RegExp(t('viewers.all_findings', { count: '\\d+' })))
      const before = await findings.innerText()
      await page.getByRole('slider', { name: t('viewers.threshold') }).fill('1')
      await expect.poll(() => findings.innerText()).not.toBe(before)
      await page.getByRole('slider', { name: t('viewers.threshold') }).fill('0')
      await expect.poll(() => findings.innerText()).toBe(before)

      await page.getByRole('button', { name: '人', exact: false, pressed: true }).first().click()
      await expect.poll(() => picture.getAttribute('aria-label')).not.toMatch(/(^|，)人 ×/)
      expect(runs).toBe(1)
      await inAllLooks(visit, 'image-recog', () => page.getByRole('img').locator('rect'))
      await visit.close()
    },
    4 * minutes,
  )

  test(
    'the showcase shows each example with a picture of its result',
    async () => {
      const visit = await bench.visitAs('admin')
      await visit.page.goto('/')
      for (const name of ['文本主题分类', '人像识别']) await visit.page.getByRole('link', { name }).waitFor()
      await inAllLooks(visit, 'showcase', () => visit.page.getByRole('list').getByRole('link'))
      await visit.close()
    },
    4 * minutes,
  )

  test.skipIf(process.env.UPDATE_README_IMAGE !== '1')(
    'the picture of the readme is taken again (only with UPDATE_README_IMAGE=1)',
    async () => {
      const visit = await openStage('image-recog', { scale: 1.5 })
      await visit.page.getByRole('radio', { name: '宇航员' }).check()
      await run(visit)
      await pictureOf(visit).locator('rect').first().waitFor()
      await shrinkPicture(await visit.page.screenshot(), join(projectFolder, 'docs', 'images', 'stage.png'))
      await visit.close()
    },
    4 * minutes,
  )
})
