import { beforeAll, expect, test } from 'vitest'
import type { Visit } from '../support/browser.ts'
import { chooseAlgorithm, openDeploy } from './choose-algorithm.ts'
import { singleFileAlgorithm } from './single-file-algorithm.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const titled = `"""评论的语气。"""\nimport lightgbm\nimport xgboost\nimport torchh\n${singleFileAlgorithm.code}`

/** What is wrong with an upload. */
export function deployFindingCases(world: InBench): void {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
  }, 4 * minutes)

  const chooseFile = async (code: string): Promise<Visit> => {
    const visit = await openDeploy(bench)
    await chooseAlgorithm(visit.page, code)
    return visit
  }

  test(
    'is mended by buttons that add lines to it, and what was entered stays',
    async () => {
      const visit = await chooseFile(titled)
      const { page } = visit
      const id = page.getByRole('textbox', { name: t('deploy.options.id'), exact: true })
      await id.fill('tone-of-reviews')
      await page.getByText('ai_algorithm.py 第 2 行导入 lightgbm').waitFor()
      await page.getByRole('button', { name: t('deploy.report.add_all', { count: 2 }) }).click()
      const added = page.getByRole('region', { name: t('deploy.report.added') })
      await added.getByText('+ lightgbm').waitFor()
      await added.getByText('+ xgboost').waitFor()
      await expect.poll(() => page.getByText('第 2 行导入 lightgbm').count()).toBe(0)
      // Nobody knows what would be installed under a misspelt name.
      await page.getByText('是不是想写 torch？').waitFor()
      expect(
        await page.getByRole('button', { name: t('deploy.report.add', { lines: 'torchh' }) }).count(),
      ).toBe(0)
      await expect.poll(() => id.inputValue()).toBe('tone-of-reviews')
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'prevents deploying if its code cannot be parsed',
    async () => {
      const visit = await chooseFile(`${singleFileAlgorithm.code}\nif\n`)
      const { page } = visit
      await page.getByText(/ai_algorithm\.py 第 \d+ 行有语法错误/).waitFor()
      await page.getByRole('textbox', { name: t('deploy.options.id'), exact: true }).fill('broken')
      await page.getByRole('textbox', { name: t('deploy.options.name'), exact: true }).fill('broken')
      const deploy = page.getByRole('button', { name: t('deploy.options.action'), exact: true })
      await expect.poll(() => deploy.isDisabled()).toBe(true)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'is told at the field of the id if that belongs to another algorithm, with another id to take',
    async () => {
      await (
        await bench.platform.admin()
      ).upload({ 'ai_algorithm.py': singleFileAlgorithm.code }, { algorithm_id: 'known-one', name: '已有' })
      const visit = await chooseFile(singleFileAlgorithm.code)
      const { page } = visit
      const id = page.getByRole('textbox', { name: t('deploy.options.id'), exact: true })
      await id.fill('known-one')
      await page.getByText(t('deploy.options.next_version', { name: '已有', version: 1, next: 2 })).waitFor()
      await page.getByRole('button', { name: t('deploy.options.other_id', { id: 'known-one-2' }) }).click()
      await expect.poll(() => id.inputValue()).toBe('known-one-2')
      await visit.close()
    },
    2 * minutes,
  )
}
