import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset, configKeys, pageOf, shareEndpoints } from '@vitrine/contract'
import { sizeText } from '../../apps/web/src/shared/amounts.ts'
import { describeInBrowser, patienceMs, type Visit } from '../support/browser.ts'
import { expectAccessible, isAbove } from './page-checks.ts'
import { dropOn } from './drop-file.ts'
import { goOffline } from './go-offline.ts'
import { onePixel } from '../support/one-pixel.ts'
import { broken, looking, most, paper, reading } from './stage-packages.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
describeInBrowser('a stage that keeps what is entered', () => {
  let bench: TestBench
  let t: Words
  let folder: string
  let visit: Visit
  const gate = () => join(bench.platform.gates, 'read-on')
  const at = (name: string) => join(folder, name)

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    folder = await mkdtemp(join(tmpdir(), 'vitrine-drops-'))
    await writeFile(at('dot.png'), onePixel)
    const admin = await bench.platform.admin()
    await admin.publish('looking', looking)
    await admin.publish('reading', reading(gate()))
    await admin.publish('leaving', reading(gate()))
  }, 6 * minutes)
  afterAll(async () => {
    await bench?.close()
    await rm(folder, { recursive: true, force: true })
  }, 3 * minutes)

  const open = async (path: string): Promise<void> => {
    visit = await bench.visitAs('admin')
    await visit.page.goto(path)
  }
  const runButton = () => visit.page.getByRole('button', { name: t('stage.run'), exact: true })
  const runIt = () => runButton().and(visit.page.locator(':enabled')).click()
  const succeeded = () =>
    visit.page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor({ timeout: patienceMs })
  const textBox = () => visit.page.getByRole('textbox', { name: t('stage.your_text'), exact: true })
  /** On the stage, no size is said for a picture: the limit of media is far above that of any. */
  const accepts = () => t('stage.accepts.any_image')

  /** Makes a link to a stage on which visitors may run. */
  const shareStage = async (target_id: string) => {
    const { response } = shareEndpoints['POST /shares']
    return (await bench.platform.admin()).post('/shares', response, {
      kind: 'stage',
      target_id,
      may_run: true,
    })
  }

  test(
    'a file dropped anywhere on the stage is the input, and one dropped beside it changes nothing',
    { timeout: 3 * minutes },
    async () => {
      await open('/stage/looking')
      const { page } = visit
      const heading = page.getByRole('heading', { name: '看图', level: 1 })
      await page.getByText(accepts()).waitFor()
      await dropOn(visit.page, heading, at('dot.png'))
      await page.getByText(t('stage.using', { name: 'dot.png' })).waitFor()
      await page.evaluate(() => Object.assign(window, { isSamePage: true }))
      await dropOn(visit.page, page.getByRole('navigation', { name: t('app.navigation') }), at('dot.png'))
      // A browser that opened the file would have left the page.
      await runIt()
      await succeeded()
      expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)
      await visit.close()
    },
  )

  test(
    'a wrong file is refused in words before it is sent, and a broken picture before it is run',
    { timeout: 3 * minutes },
    async () => {
      await open('/stage/looking')
      const { page } = visit
      const sent: string[] = []
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/assets')) sent.push(request.url())
      })
      const choose = page.getByLabel(t('stage.choose.image'))
      await choose.setInputFiles(paper)
      const words = { accepts: accepts() }
      await page.getByText(t('stage.file_problem.wrong_type', { name: 'paper.pdf', ...words })).waitFor()
      expect(sent).toEqual([])
      await choose.setInputFiles(broken)
      await page.getByText(t('stage.file_problem.damaged', { name: 'broken.png', ...words })).waitFor()
      await expect.poll(() => runButton().isDisabled()).toBe(true)
      await visit.screenshot('stage-wrong-file-zh')
      await choose.setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: onePixel })
      await page.getByText(t('stage.using', { name: 'dot.png' })).waitFor()
      await runIt()
      await succeeded()
      await visit.close()
    },
  )

  test('a file of the library is chosen on the stage', { timeout: 3 * minutes }, async () => {
    await open('/stage/looking')
    const { page } = visit
    await page.getByLabel(t('stage.choose.image')).setInputFiles({
      name: 'street.png',
      mimeType: 'image/png',
      buffer: Buffer.concat([onePixel, Buffer.from('another picture')]),
    })
    await page.getByText(t('stage.using', { name: 'street.png' })).waitFor()
    await page.reload()
    await page.getByRole('button', { name: t('stage.library') }).click()
    const dialog = page.getByRole('dialog', { name: t('stage.library') })
    await dialog.getByRole('button', { name: 'street.png' }).click()
    await page.getByText(t('stage.using', { name: 'street.png' })).waitFor()
    await dialog.waitFor({ state: 'hidden' })
    await runIt()
    await succeeded()
    await visit.close()
  })

  test(
    'parameters below the window are reached from the bar of the button, and are set back to what is usual',
    { timeout: 3 * minutes },
    async () => {
      await open('/stage/looking')
      const { page } = visit
      await page.setViewportSize({ width: 1280, height: 460 })
      await page.getByRole('button', { name: t('stage.parameters'), exact: true }).click()
      const field = page.getByRole('spinbutton', { name: 'size' })
      await field.waitFor()
      const isUncovered = () =>
        field.evaluate((element) => {
          const { left, top, width, height } = element.getBoundingClientRect()
          return element.contains(document.elementFromPoint(left + width / 2, top + height / 2))
        })
      await expect.poll(isUncovered).toBe(true)
      await field.fill('4')
      const reset = page.getByRole('button', { name: t('stage.reset'), exact: true })
      await reset.waitFor()
      await expectAccessible(page)
      await visit.screenshot('stage-parameters-zh')
      await reset.click()
      await expect.poll(() => field.inputValue()).toBe('3')
      await reset.waitFor({ state: 'hidden' })
      await visit.close()
    },
  )

  test(
    'an empty stage says what is missing, and says to run once it is there',
    { timeout: 3 * minutes },
    async () => {
      const says = (next: 'own_file' | 'own_value' | 'press_run') =>
        visit.page.getByText(t(`stage.next.${next}`), { exact: true }).waitFor()
      await open('/stage/looking')
      await says('own_file')
      await visit.page.goto('/stage/reading')
      await says('own_value')
      await textBox().fill('一段文字')
      await says('press_run')
      await visit.close()
    },
  )

  test('a text above the limit is kept whole, counted, and not run', { timeout: 3 * minutes }, async () => {
    await open('/stage/reading')
    await textBox().fill('字'.repeat(200_000))
    expect((await textBox().inputValue()).length).toBe(200_000)
    const counted = { count: '200,000', most: '20,000', over: '180,000' }
    // The count is there once to see, and a moment later once more to hear.
    await visit.page.getByText(t('stage.characters_over', counted)).first().waitFor()
    await visit.page.getByText(t('stage.not_ready.text')).waitFor()
    await expect.poll(() => runButton().isDisabled()).toBe(true)
    await visit.screenshot('stage-text-too-long-zh')
    await textBox().fill('字'.repeat(most))
    await visit.page
      .getByText(t('stage.characters_of', { count: '20,000', most: '20,000' }), { exact: true })
      .first()
      .waitFor()
    await runIt()
    await succeeded()
    await visit.close()
  })

  test(
    'without a network, the page says so and keeps its shell, and an unloaded page comes by itself afterwards',
    { timeout: 3 * minutes },
    async () => {
      await open('/services')
      const { page } = visit
      await page.getByRole('row').filter({ hasText: '/ai/reading/' }).waitFor()
      await goOffline(page)
      await page.getByText(t('app.no_network')).waitFor()
      await page.getByText(t('services.text_stale', { time: '' }).slice(0, 8)).waitFor()
      await expect.poll(() => page.getByText(t('services.text'), { exact: true }).isVisible()).toBe(false)
      await visit.screenshot('services-offline-zh')
      await page.getByRole('link', { name: t('algorithms.title'), exact: true }).click()
      await page.getByText(t('error.page_away')).waitFor()
      await expect
        .poll(() => page.getByRole('navigation', { name: t('app.navigation') }).isVisible())
        .toBe(true)
      expect(new URL(page.url()).pathname).toBe('/algorithms')
      await visit.screenshot('page-offline-zh')
      await page.context().setOffline(false)
      await page.getByRole('heading', { name: t('algorithms.title'), level: 1 }).waitFor()
      await visit.close()
    },
  )

  test(
    'a run that a person loses sight of without a network is shown when it is back, with the input',
    { timeout: 3 * minutes },
    async () => {
      await open('/stage/reading')
      const { page } = visit
      await textBox().fill('wait')
      await runIt()
      await page.getByText('reading', { exact: true }).waitFor()
      await goOffline(page)
      await page.getByText(t('runs.cut_off')).waitFor()
      await visit.resize(390)
      await expect.poll(() => isAbove(page.getByText(t('app.no_network')), page.locator('.act'))).toBe(true)
      await visit.screenshot('stage-run-offline-zh')
      await writeFile(gate(), '')
      await page.context().setOffline(false)
      await succeeded()
      await expect.poll(() => textBox().inputValue()).toBe('wait')
      await visit.close()
    },
  )

  test(
    'a service that is deleted while its stage is open leaves the input, for a member and for a visitor',
    { timeout: 4 * minutes },
    async () => {
      const admin = await bench.platform.admin()
      const link = await shareStage('leaving')
      const guest = await bench.visitAsNobody({ width: 390 })
      guest.expectAnswer(/^(404|410) (GET|POST) \/api\/v1\/public\/shares\//)
      await guest.page.goto(new URL(link.url).pathname)
      const guestBox = guest.page.getByRole('textbox', { name: t('stage.your_text'), exact: true })
      await guestBox.fill('of a guest')
      await open('/stage/leaving')
      visit.expectAnswer(/^404 GET \/api\/v1\/(showcase|services|runs)/)
      await textBox().fill('of a member')
      await runButton().and(visit.page.locator(':enabled')).waitFor()

      await admin.deleteService('leaving')
      await visit.page.getByRole('heading', { name: t('stage.notice.gone') }).waitFor()
      await expect.poll(() => textBox().inputValue()).toBe('of a member')
      await expect.poll(() => runButton().isDisabled()).toBe(true)
      await visit.screenshot('stage-deleted-zh')
      await visit.close()

      await guest.page.getByRole('button', { name: t('stage.run'), exact: true }).click()
      await guest.page.getByText(t('public.end_open')).waitFor()
      await expect.poll(() => guestBox.inputValue()).toBe('of a guest')
      await guest.screenshot('share-deleted-zh-phone')
      await guest.close()
    },
  )

  test(
    'a visitor is told what a link accepts, and their files are not in the library',
    { timeout: 3 * minutes },
    async () => {
      const admin = await bench.platform.admin()
      const link = await shareStage('looking')
      const guest = await bench.visitAsNobody({ width: 390, language: 'en', theme: 'dark' })
      const english = await wordsOf('en')
      const { page } = guest
      await page.goto(new URL(link.url).pathname)
      const words = {
        accepts: english('stage.accepts.image', {
          size: sizeText(configKeys['shares.upload_max_mb'].fallback * 1024 ** 2),
        }),
      }
      await page.getByText(words.accepts).waitFor()
      const choose = page.getByLabel(english('public.own.image'))
      await choose.setInputFiles(broken)
      await page.getByText(english('stage.file_problem.damaged', { name: 'broken.png', ...words })).waitFor()
      await guest.screenshot('share-wrong-file-en-phone')
      await choose.setInputFiles({ name: 'from-a-visitor.png', mimeType: 'image/png', buffer: onePixel })
      await page.getByText(english('stage.using', { name: 'from-a-visitor.png' })).waitFor()
      const { items } = await admin.get('/assets?page_size=500', pageOf(asset))
      expect(items.map(({ name }) => name)).not.toContain('from-a-visitor.png')
      expect(items.map(({ name }) => name)).not.toContain('broken.png')
      await guest.close()
    },
  )
})
