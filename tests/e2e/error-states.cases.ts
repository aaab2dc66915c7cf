import { beforeAll, expect, test } from 'vitest'
import { chooseAlgorithm } from './choose-algorithm.ts'
import { kinds } from './kinds.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** When things are not as one would like. The last case kills the control plane. */
export function errorStateCases(world: InBench): void {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
  }, 4 * minutes)

  test(
    'a failed deploy shows the step, the reason and the log lines, and leads back to the upload',
    async () => {
      const visit = await bench.visitAs('admin')
      visit.expectAnswer(/^404 GET \/api\/v1\/services\/[\w-]+$/)
      visit.expectAnswer(/^404 GET \/api\/v1\/showcase\/broken$/)
      const { page } = visit
      await page.goto('/deploy')
      await chooseAlgorithm(
        page,
        'class Algorithm:\n' +
          '    def setup(self):\n' +
          '        raise RuntimeError("模型文件 weights.bin 不存在")\n\n' +
          '    def predict(self, input_data, **parameters):\n' +
          '        return input_data\n',
      )
      await page.getByRole('textbox', { name: t('deploy.options.id'), exact: true }).fill('broken')
      await page.getByRole('textbox', { name: t('deploy.options.name'), exact: true }).fill('坏掉的算法')
      await page.getByRole('button', { name: t('deploy.options.action'), exact: true }).click()
      await page.getByRole('heading', { name: /服务启动验证失败/ }).waitFor()
      const steps = page.getByRole('list', { name: t('deploy.steps') }).getByRole('listitem')
      const failed = steps.filter({ hasText: t('tasks.states.failed') })
      await expect.poll(() => failed.innerText()).toContain(t('deploy.step.verify'))
      const lines = page.getByLabel(t('deploy.log_lines'))
      await expect.poll(() => lines.innerText()).toContain('模型文件 weights.bin 不存在')
      await visit.screenshot('deploy-failed', { fullPage: true })
      const before = page.url()
      await page.getByRole('button', { name: t('tasks.retry') }).click()
      await page.waitForURL((url) => url.pathname.startsWith('/deploy/tasks/') && url.href !== before)
      await page.getByRole('heading', { name: /服务启动验证失败/ }).waitFor()
      await page.getByRole('link', { name: t('deploy.again') }).click()
      await page.getByRole('heading', { name: t('deploy.drop.title') }).waitFor()
      await page.getByText(t('deploy.repaired', { id: 'broken' })).waitFor()
      await chooseAlgorithm(
        page,
        'class Algorithm:\n    def predict(self, input_data):\n        return input_data\n',
      )
      const entered = (name: string) => page.getByRole('textbox', { name, exact: true })
      await entered(t('deploy.options.id')).waitFor()
      await expect.poll(() => entered(t('deploy.options.id')).inputValue()).toBe('broken')
      await expect.poll(() => entered(t('deploy.options.name')).inputValue()).toBe('坏掉的算法')
      await page.goto('/stage/broken')
      await page.getByText(t('stage.never_ready', { name: '坏掉的算法' })).waitFor()

      await page.goto('/services/broken')
      const trouble = page.getByRole('region', { name: t('trouble.title') })
      await trouble.getByRole('heading', { name: /初始化（setup）失败/ }).waitFor()
      await trouble.getByText(t('trouble.next.never_ready')).waitFor()
      const end = trouble.getByLabel(t('trouble.lines'))
      await expect.poll(() => end.innerText()).toMatch(/RuntimeError: 模型文件 weights\.bin 不存在\s*$/)
      // It scrolls to its end after it was drawn.
      await expect
        .poll(() => end.evaluate((box) => box.scrollTop + box.clientHeight - box.scrollHeight))
        .toBeCloseTo(0, -1)
      await trouble.getByRole('button', { name: t('tasks.retry') }).waitFor()
      await visit.screenshot('service-never-ready')
      await trouble.getByRole('link', { name: t('trouble.deploy') }).click()
      await page.getByText(t('deploy.options.never_ready', { name: '坏掉的算法' })).waitFor()
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'an open page says when the control plane dies, and continues by itself when it is back',
    async () => {
      const { platform } = bench
      await (await platform.admin()).publish('kinds', kinds)
      const visit = await bench.visitAs('admin')
      const { page } = visit
      visit.expectAnswer(/^(502|503|504) /)
      await page.goto('/services')
      const row = page.getByRole('row').filter({ hasText: '/ai/kinds/' })
      await row.getByText(t('state.health.READY'), { exact: true }).waitFor()
      await page.evaluate(() => Object.assign(window, { isSamePage: true }))
      await platform.end('SIGKILL')
      const note = page.getByText(t('app.offline'))
      await note.waitFor()
      await visit.screenshot('control-plane-away')
      await platform.start()
      await note.waitFor({ state: 'hidden' })
      await (await platform.admin()).operate('stop', 'kinds')
      await row.getByText(t('state.process.STOPPED'), { exact: true }).waitFor()
      expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)
      await visit.close()
    },
    4 * minutes,
  )
}
