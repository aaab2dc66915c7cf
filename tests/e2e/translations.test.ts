import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stage } from '@vitrine/contract'
import type { Page } from 'playwright-core'
import { packageOf } from '../support/api-client.ts'
import { describeInBrowser } from '../support/browser.ts'
import { projectFolder } from '../support/built-project.ts'
import { expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { openShareDialog } from './share-dialog.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** All Chinese text of a page, visible or for screen readers, except for the language's own name. */
const chineseOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const han = /\p{Script=Han}/u
    const found: string[] = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const { parentElement, textContent } = texts.currentNode
      if (parentElement?.closest('[lang=zh], script, style') === null) found.push(textContent ?? '')
    }
    document.querySelectorAll('[aria-label], [title], [placeholder], [alt]').forEach((element) => {
      if (element.closest('[lang=zh]') !== null) return
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        found.push(element.getAttribute(name) ?? '')
    })
    return [document.title, ...found].map((text) => text.trim()).filter((text) => han.test(text))
  })

describeInBrowser('an algorithm described in Chinese, for readers of English', () => {
  let bench: TestBench
  let t: Words
  let demos: string[]

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('en')
    const admin = await bench.platform.admin()
    await admin.publish('text-classify', await packageOf(join(projectFolder, 'examples', 'text-classify')))
    const { examples } = await admin.get('/showcase/text-classify', stage)
    demos = examples.flatMap(({ input_data }) => input_data.map(String))
  }, 4 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  test.each([1280, 390])(
    'nothing on its stage is Chinese except the demo texts, before and after a run (%i px)',
    async (width) => {
      const visit = await bench.visitAs('admin', { language: 'en', width })
      const { page } = visit
      await page.goto('/stage/text-classify?example=4')
      await page.getByRole('heading', { name: 'Text topics', level: 1 }).waitFor()
      const isDemo = (text: string) => demos.some((demo) => demo.startsWith(text.replace(/…$/, '')))
      const isForeign = async () => (await chineseOn(page)).filter((text) => !isDemo(text))
      await page
        .getByRole('button', { name: t('stage.run'), exact: true })
        .and(page.locator(':enabled'))
        .waitFor()
      expect(await isForeign()).toEqual([])
      await page.keyboard.press('Control+Enter')
      const topics = page.getByRole('list', { name: t('kinds.classification.name') })
      await topics.getByText('health').waitFor()
      await page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
      expect(await isForeign()).toEqual([])
      await expectNoSidewaysScroll(page)
      await visit.screenshot(`text-classify-in-english-${width}`, { fullPage: true })
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'switching the language takes effect at once, without reloading the page or losing typed text',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/stage/text-classify')
      const heading = page.getByRole('heading', { level: 1 })
      await expect.poll(() => heading.innerText()).toBe('文本主题分类')
      expect(await chineseOn(page)).toContain('文本主题分类')
      const input = page.getByRole('textbox').first()
      await input.fill('typed by hand')
      await page.getByRole('button', { name: 'English' }).click()
      await expect.poll(() => heading.innerText()).toBe('Text topics')
      await page.getByRole('radio', { name: 'Central bank cuts reserve ratio' }).waitFor()
      await expect.poll(() => input.inputValue()).toBe('typed by hand')
      // Data that was read in the other language and is no longer on the page is not shown in it.
      await page.getByRole('link', { name: t('stage.all') }).click()
      await page.getByRole('link', { name: /Text topics/ }).waitFor()
      await page.getByRole('button', { name: '中文' }).click()
      await page.getByRole('link', { name: /文本主题分类/ }).waitFor()
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'a customer reads a link in their own language, whatever its maker’s, and keeps their result when they switch',
    async () => {
      const zh = await wordsOf('zh')
      const maker = await bench.visitAs('admin')
      const dialog = await openShareDialog(maker, zh)
      await dialog.getByPlaceholder('文本主题分类').waitFor()
      await dialog.getByLabel(zh('shares.most'), { exact: true }).fill('1')
      await dialog.getByRole('button', { name: zh('shares.create') }).click()
      const link = new URL(await maker.page.getByTestId('share-url').innerText()).pathname
      await maker.page.goto('/shares')
      await maker.page.getByRole('row').filter({ hasText: '文本主题分类' }).waitFor()
      await maker.close()

      const customer = await bench.visitAsNobody({ language: 'en' })
      const { page } = customer
      await page.goto(link)
      const heading = page.getByRole('heading', { level: 1 })
      await expect.poll(() => heading.innerText()).toBe('Text topics')
      await page.getByRole('button', { name: t('app.switch_language') }).click()
      await expect.poll(() => heading.innerText()).toBe('文本主题分类')
      await page.getByRole('button', { name: zh('app.switch_language') }).click()
      await expect.poll(() => heading.innerText()).toBe('Text topics')

      await page.getByRole('textbox').first().fill('Doctors warn of too little sleep.')
      await page.getByRole('button', { name: t('stage.run'), exact: true }).click()
      await page.getByText(t('public.end_text.used_up')).waitFor()
      const topic = page.getByRole('list', { name: t('kinds.classification.name') }).getByText('health')
      await topic.waitFor()
      await page.getByRole('button', { name: t('app.switch_language') }).click()
      await expect.poll(() => heading.innerText()).toBe('文本主题分类')
      await page
        .getByRole('list', { name: zh('kinds.classification.name') })
        .getByText('健康')
        .waitFor()
      await customer.close()
    },
    3 * minutes,
  )
})
