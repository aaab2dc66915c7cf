import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { zipFile } from '../support/zip-file.ts'
import { singleFileAlgorithm } from './single-file-algorithm.ts'
import { expectNoSidewaysScroll } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** A large package on the deploy page. */
export function deployLargeCases(world: InBench): void {
  let bench: TestBench
  let t: Words
  let folder: string

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
    folder = await mkdtemp(join(tmpdir(), 'vitrine-large-'))
  }, 4 * minutes)
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  }, 3 * minutes)

  /** An archive of random data that is too large to be sent in one piece. Resolves with its path. */
  const archive = async (mebibytes: number): Promise<string> => {
    const path = join(folder, `large-${mebibytes}.zip`)
    const entries = [
      { name: 'ai_algorithm.py', content: singleFileAlgorithm.code },
      { name: 'model.bin', content: randomBytes(mebibytes * 1024 * 1024) },
    ]
    await writeFile(path, zipFile(entries))
    return path
  }
  /** A folder with random data that is too large to be sent in one piece. Resolves with its path. */
  const largeFolder = async (mebibytes: number): Promise<string> => {
    const path = join(folder, 'large-folder')
    await mkdir(join(path, '模型'), { recursive: true })
    await writeFile(join(path, 'ai_algorithm.py'), singleFileAlgorithm.code)
    await writeFile(join(path, '模型', '权重.bin'), randomBytes(mebibytes * 1024 * 1024))
    return path
  }
  /** The offset in the archive at which each part began. */
  const offsetsOf = (page: Page): number[] => {
    const offsets: number[] = []
    page.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    })
    return offsets
  }

  test(
    'is sent once, in parts, for both inspecting and deploying',
    async () => {
      const visit = await bench.visitAs('admin')
      visit.expectAnswer(/^404 GET \/api\/v1\/services\/large/)
      const { page } = visit
      const offsets = offsetsOf(page)
      const forms: string[] = []
      page.on('request', (request) => {
        if (request.headers()['content-type']?.startsWith('multipart/') === true) forms.push(request.url())
      })
      await page.goto('/deploy')
      await page.getByTestId('deploy-files').setInputFiles(await archive(9))
      await page.getByRole('textbox', { name: t('deploy.options.id'), exact: true }).fill('large')
      await page.getByRole('button', { name: t('deploy.options.action'), exact: true }).click()
      await page.getByRole('heading', { name: t('deploy.ready'), exact: true }).waitFor()
      expect(offsets).toEqual([0])
      expect(forms).toEqual([])
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'that is a folder resumes where it had stopped after the page was left, and arrives whole',
    async () => {
      const visit = await bench.visitAs('admin', { width: 390 })
      visit.expectAnswer(/^404 GET \/api\/v1\/services\/large/)
      const { page } = visit
      // Two parts; the connection is lost in the second.
      const packed = await largeFolder(66)
      const offsets: number[] = []
      let isLineCut = true
      // The handler stays in place, because requests made while a browser removes one are never answered.
      await page.route('**/api/v1/uploads/*', async (route) => {
        if (!isLineCut || route.request().method() !== 'PATCH') return route.continue()
        offsets.push(Number(await route.request().headerValue('upload-offset')))
        return offsets.length === 1 ? route.continue() : route.abort()
      })
      await page.goto('/deploy')
      const choose = () => page.getByTestId('deploy-folder').setInputFiles(packed)
      await choose()
      await expect.poll(() => offsets.length, { timeout: minutes }).toBeGreaterThan(1)
      await page.getByRole('button', { name: t('upload.pause'), exact: true }).click()
      await page.getByRole('button', { name: t('upload.resume'), exact: true }).waitFor()
      await expectNoSidewaysScroll(page)
      await visit.screenshot('deploy-paused-phone')
      isLineCut = false
      await page.reload()
      const again = offsetsOf(page)
      await choose()
      await page.getByRole('heading', { name: t('deploy.options.title') }).waitFor()
      expect(offsets[1]).toBeGreaterThan(0)
      expect(again).toEqual([offsets[1]])
      await page.getByText('模型/权重.bin').first().waitFor({ state: 'attached' })
      await visit.close()
    },
    3 * minutes,
  )
}
