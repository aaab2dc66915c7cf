import { beforeAll, expect, test } from 'vitest'
import { planSample } from '../platform/plan-sample.ts'
import type { Look } from '../support/browser.ts'
import { chooseAlgorithm, openDeploy } from './choose-algorithm.ts'
import { singleFileAlgorithm } from './single-file-algorithm.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const described = `"""评论的语气。"""\n${singleFileAlgorithm.code}`

/** What a deploy is called. */
export function deployNameCases(world: InBench): void {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
  }, 4 * minutes)

  test(
    'a file without a meaningful name cannot be deployed before it has an id and a title',
    async () => {
      const visit = await openDeploy(bench)
      const { page } = visit
      await chooseAlgorithm(page, singleFileAlgorithm.code)
      await page.getByText(t('deploy.options.name_it')).waitFor()
      const id = page.getByRole('textbox', { name: t('deploy.options.id'), exact: true })
      const name = page.getByRole('textbox', { name: t('deploy.options.name'), exact: true })
      const deploy = page.getByRole('button', { name: t('deploy.options.action'), exact: true })
      await expect
        .poll(async () => [await id.inputValue(), await name.inputValue(), await deploy.isDisabled()])
        .toEqual(['', '', true])
      await id.fill('shop-reviews')
      await expect.poll(() => deploy.isDisabled()).toBe(true)
      await name.fill('  ')
      await expect.poll(() => deploy.isDisabled()).toBe(true)
      await name.fill('商店评论')
      await expect.poll(() => deploy.isDisabled()).toBe(false)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'a file with a docstring gets its first line as title, which can be changed',
    async () => {
      const visit = await openDeploy(bench)
      const { page } = visit
      await chooseAlgorithm(page, described)
      const name = page.getByRole('textbox', { name: t('deploy.options.name'), exact: true })
      await name.waitFor()
      await page.getByText(t('deploy.options.from_docstring')).waitFor()
      await expect.poll(() => name.inputValue()).toBe('评论的语气')
      const id = page.getByRole('textbox', { name: t('deploy.options.id'), exact: true })
      await expect.poll(() => id.inputValue()).toBe('ping-lun-de-yu-qi')
      await expect.poll(() => page.getByText(t('deploy.options.name_it')).count()).toBe(0)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'two services with one title can be told apart in the showcase, the algorithms and the services',
    async () => {
      const admin = await bench.platform.admin()
      for (const id of ['shop-reviews', 'film-reviews'])
        await admin.publish(id, { 'ai_algorithm.py': described })
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/')
      for (const id of ['shop-reviews', 'film-reviews'])
        await page.getByRole('link', { name: `评论的语气 · ${id}`, exact: true }).waitFor()
      await visit.screenshot('names-showcase')
      await page.goto('/algorithms')
      for (const id of ['shop-reviews', 'film-reviews']) await page.getByText(id, { exact: true }).waitFor()
      await visit.screenshot('names-algorithms')
      await page.goto('/services')
      for (const id of ['shop-reviews', 'film-reviews']) await page.getByText(`/ai/${id}/`).waitFor()
      await visit.screenshot('names-services')
      await visit.close()
    },
    3 * minutes,
  )

  const looks: Look[] = [
    { language: 'zh', theme: 'light', width: 1280 },
    { language: 'en', theme: 'dark', width: 390 },
    { language: 'en', theme: 'dark', width: 1280 },
    { language: 'zh', theme: 'light', width: 390 },
  ]
  test.each(looks)(
    'a package from another machine is shown with every changed line (%o)',
    async (look) => {
      const visit = await openDeploy(bench, look)
      const { page } = visit
      const words = await wordsOf(look.language ?? 'zh')
      const files = Object.entries(planSample).map(([name, text]) => ({
        name,
        mimeType: 'text/plain',
        buffer: Buffer.from(text),
      }))
      await page.getByTestId('deploy-files').setInputFiles(files)
      const report = page.getByRole('region', { name: words('deploy.report.title') })
      await report.getByText(/start\.sh.*"\$\(dirname "\$0"\)"/).waitFor()
      await report.getByText(/config\.py.*8001/).waitFor()
      const name = `${look.language}-${look.theme}-${look.width}`
      await visit.screenshot(`deploy-foreign-${name}`, { fullPage: true })
      await page.goto('/deploy')
      await chooseAlgorithm(page, singleFileAlgorithm.code)
      await page.getByText(words('deploy.options.name_it')).waitFor()
      await visit.screenshot(`deploy-unnamed-${name}`, { fullPage: true })
      await visit.close()
    },
    2 * minutes,
  )
}
