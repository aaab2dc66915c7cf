import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { provenance, runEndpoints, shareEndpoints } from '@vitrine/contract'
import { echo, randomNumber } from '../platform/packages.ts'
import { describeInBrowser } from '../support/browser.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

describeInBrowser('where a result comes from, in a browser', () => {
  let bench: TestBench
  let [zh, en]: Words[] = []
  const t: Words = (key, parameters) => zh?.(key, parameters) ?? key

  beforeAll(async () => {
    bench = await TestBench.open()
    zh = await wordsOf('zh')
    en = await wordsOf('en')
    const admin = await bench.platform.admin()
    await admin.publish('echo', echo('old'))
    await admin.publish('lots', randomNumber)
  }, 4 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  const runOf = async (service_id: string, parameters = {}): Promise<string> => {
    const admin = await bench.platform.admin()
    const { response } = runEndpoints['POST /runs']
    const { run_id: id } = await admin.post('/runs', response, { service_id, input_data: ['a'], parameters })
    await admin.runEnd(id)
    return id
  }

  test(
    'the panel of a run names its commit and environment, saves the statement, and replays the old release',
    async () => {
      const id = await runOf('echo')
      const admin = await bench.platform.admin()
      await admin.publish('echo', echo('new'))
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto(`/stage/echo?run=${id}`)
      await page.getByRole('button', { name: t('provenance.title') }).click()
      const panel = page.getByRole('dialog')
      await panel.getByText(t('provenance.release', { number: 1 })).waitFor()
      await panel.getByRole('link', { name: /^[0-9a-f]{12}$/ }).waitFor()
      await panel.getByText(t('provenance.environment'), { exact: true }).waitFor()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        panel.getByRole('button', { name: t('provenance.save') }).click(),
      ])
      const saved = provenance.parse(JSON.parse(await readFile(await download.path(), 'utf8')))
      expect(saved.predicate.runDetails.metadata.invocationId).toBe(id)
      await panel.getByRole('button', { name: t('provenance.replay') }).click()
      await panel.getByText(t('provenance.identical')).waitFor({ timeout: minutes })
      await expectAccessible(page)
      await expectNoSidewaysScroll(page)
      await visit.screenshot('provenance-same')
      await panel.getByRole('link', { name: t('provenance.open') }).click()
      await page.getByText('old:a').first().waitFor()
      await visit.close()
    },
    4 * minutes,
  )

  test(
    'a replay of an algorithm that draws lots shows both values, in either language, also on a phone',
    async () => {
      const id = await runOf('lots')
      for (const [language, words] of [
        ['zh', zh],
        ['en', en],
      ] as const) {
        if (!words) throw new Error('no words')
        const visit = await bench.visitAs('admin', { language, width: 390, theme: 'dark' })
        const { page } = visit
        await page.goto(`/stage/lots?run=${id}`)
        await page.getByRole('button', { name: words('provenance.title') }).click()
        const panel = page.getByRole('dialog')
        await panel.getByRole('button', { name: words('provenance.replay') }).click()
        await panel.getByText(words('provenance.differs', { count: 1 })).waitFor({ timeout: minutes })
        await panel.getByRole('cell', { name: /^predictions\.0\.outputs\.0\.data/ }).waitFor()
        await expectAccessible(page)
        await expectNoSidewaysScroll(page)
        await visit.screenshot(`provenance-differs-${language}`)
        await visit.close()
      }
    },
    4 * minutes,
  )

  test(
    'a link shows where its result comes from, without its person and without a replay',
    async () => {
      const admin = await bench.platform.admin()
      const { response } = shareEndpoints['POST /shares']
      const { url } = await admin.post('/shares', response, { kind: 'run', target_id: await runOf('lots') })
      const customer = await bench.visitAsNobody()
      const { page } = customer
      await page.goto(new URL(url).pathname)
      await page.getByRole('button', { name: t('provenance.title') }).click()
      const panel = page.getByRole('dialog')
      await panel.getByText(t('provenance.result'), { exact: true }).waitFor()
      for (const hidden of ['by', 'code', 'replay'])
        await expect.poll(() => panel.getByText(t(`provenance.${hidden}`), { exact: true }).count()).toBe(0)
      await expectAccessible(page)
      await customer.screenshot('provenance-shared')
      await customer.close()
    },
    3 * minutes,
  )
})
