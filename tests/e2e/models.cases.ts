import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { languages } from '../../apps/web/src/locales/languages.ts'
import { type Visit } from '../support/browser.ts'
import { expectNoSidewaysScroll } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const content = randomBytes(300_000)
const sha256 = createHash('sha256').update(content).digest('hex')

/** The page of model files. */
export function modelPageCases(world: InBench): void {
  let bench: TestBench
  let t: Words
  let folder: string
  let visit: Visit

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
    folder = await mkdtemp(join(tmpdir(), 'vitrine-model-files-'))
    await writeFile(join(folder, 'weights.bin'), content)
    await writeFile(join(folder, 'another.bin'), randomBytes(10))
  }, 5 * minutes)
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  }, 3 * minutes)

  const send = (name: string) => visit.page.getByTestId('model-files').setInputFiles(join(folder, name))
  const row = () => visit.page.getByRole('list', { name: t('models.list') }).getByText('weights.bin')

  test(
    'takes the file that a package waits for and no other, shows it in every width, and deletes it',
    async () => {
      visit = await bench.visitAs('admin')
      await visit.page.goto('/models')
      await visit.page.getByText(t('models.empty')).waitFor()
      await expectNoSidewaysScroll(visit.page)
      await visit.page.goto(`/models?sha256=${sha256}`)
      await visit.page.getByText(sha256).waitFor()
      visit.expectAnswer(/^422 POST \/api\/v1\/models$/)
      await send('another.bin')
      await visit.page.getByRole('alert').getByText('SHA-256').waitFor()
      await send('weights.bin')
      await row().waitFor()
      await visit.page.getByText(t('models.unused')).waitFor()
      for (const language of languages)
        for (const width of [1280, 390]) {
          await visit.lookAs({ language, theme: 'light', width })
          await row().or(visit.page.getByText('weights.bin')).first().waitFor()
          await expectNoSidewaysScroll(visit.page)
          await visit.screenshot(`models-${language}-${width}`)
        }
      await visit.lookAs({ language: 'zh', theme: 'light', width: 1280 })
      await visit.page.getByRole('button', { name: t('models.delete_of', { name: 'weights.bin' }) }).click()
      await visit.page
        .getByRole('dialog')
        .getByRole('button', { name: t('models.delete'), exact: true })
        .click()
      await visit.page.getByText(t('models.empty')).waitFor()
      await expect.poll(() => row().count()).toBe(0)
      await visit.close()
    },
    4 * minutes,
  )
}
