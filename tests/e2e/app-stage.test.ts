import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { apiApp, pageApp } from '../platform/stage-packages.ts'
import { describeInBrowser } from '../support/browser.ts'
import { expectAccessible, takeAllLooks } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'
import { onePixel } from '../support/one-pixel.ts'

const minutes = 60_000
/** Of a laptop and of a phone. */
const widths = [1280, 390] as const

// These packages are installed from the package indexes, as they are for people.
describeInBrowser('stages of services with a server of their own', () => {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    const admin = await bench.platform.admin()
    await admin.publish('page', pageApp)
    await admin.publish('measures', apiApp())
  }, 6 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  test(
    'an app’s own page works on the stage with its scripts, requests and WebSocket, and cannot leave its frame',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/stage/page')
      const app = page.frameLocator('iframe')
      await app.getByText('the line is open').waitFor()
      await app.getByLabel('Name').fill('Ada')
      await app.getByRole('button', { name: 'Greet' }).click()
      await app.getByText('Hello Ada').waitFor()
      const frame = page.frames().find((each) => each !== page.mainFrame())
      expect(new URL(frame?.url() ?? '').port).not.toBe(new URL(page.url()).port)
      // A page of an author must not replace the platform's, nor read it.
      const escapes = await frame?.evaluate(() => {
        const tries = [() => window.top?.document.title, () => window.top?.location.replace('about:blank')]
        return tries.map((attempt) => {
          try {
            attempt()
            return 'done'
          } catch (error) {
            return error instanceof DOMException ? error.name : String(error)
          }
        })
      })
      expect(escapes).toEqual(['SecurityError', 'SecurityError'])
      expect(page.url()).toContain('/stage/page')
      await takeAllLooks(visit, 'app-page', widths, () => app.getByText('the line is open').waitFor())
      await expectAccessible(page)
      visit.problems.length = 0
      await visit.close()
    },
    6 * minutes,
  )

  test(
    'a visitor of a link uses the page of a public service, and is told if the service needs a sign-in',
    async () => {
      const admin = await bench.platform.admin()
      const { token } = await admin.post('/shares', z.object({ token: z.string() }), {
        kind: 'stage',
        target_id: 'page',
      })
      const visit = await bench.visitAsNobody()
      const { page } = visit
      await page.goto(`/s/${token}`)
      await page.getByText(t('public.state.closed')).waitFor()
      await admin.change('page', { auth: 'public' })
      await page.getByRole('button', { name: t('public.check_again') }).click()
      const app = page.frameLocator('iframe')
      await app.getByText('the line is open').waitFor()
      await app.getByRole('button', { name: 'Greet' }).click()
      await app.getByText('Hello you').waitFor()
      await takeAllLooks(visit, 'app-page-shared', widths, () => app.getByText('the line is open').waitFor())
      await visit.close()
    },
    6 * minutes,
  )

  test(
    'who shares a page that visitors cannot open is warned, and can open it to everybody with the link',
    async () => {
      const admin = await bench.platform.admin()
      await admin.change('page', { auth: 'required' })
      const maker = await bench.visitAs('admin')
      await maker.page.goto('/stage/page')
      const share = () =>
        maker.page
          .getByRole('button', { name: /^(分享|Share)$/ })
          .first()
          .click()
      await share()
      const dialog = maker.page.getByRole('dialog')
      await dialog.getByText(t('shares.page.closed')).waitFor()
      await expect.poll(() => dialog.getByText(t('shares.field.may_run')).count()).toBe(0)
      await takeAllLooks(maker, 'share-closed-page', widths, async () => {
        await share()
        await dialog.getByRole('checkbox').waitFor()
      })
      await expectAccessible(maker.page)
      await dialog.getByRole('checkbox', { name: t('shares.page.open') }).check()
      await dialog.getByRole('button', { name: t('shares.create') }).click()
      const link = new URL(await maker.page.getByTestId('share-url').innerText()).pathname
      expect((await admin.service('page')).auth).toBe('public')
      await maker.close()

      const keeper = await bench.visitAs('admin')
      await keeper.page.goto('/services/page')
      const { name } = await admin.service('page')
      await keeper.page.getByRole('button', { name: t('services.operation_named.stop', { name }) }).click()
      const question = keeper.page.getByRole('dialog')
      await question.getByText(t('services.confirm.stop_text')).waitFor()
      // The link of the test before, and this one.
      await question.getByText(t('services.confirm.links', { count: 2 })).waitFor()
      await keeper.screenshot('confirm-stop-shared-zh')
      await keeper.close()

      const visit = await bench.visitAsNobody({ width: 390 })
      const app = visit.page.frameLocator('iframe')
      await visit.page.goto(link)
      await app.getByText('the line is open').waitFor()
      // A stop waits long for an open line.
      await visit.page.goto('about:blank')
      await admin.operate('stop', 'page')
      await visit.page.goto(link)
      await visit.page.getByText(t('public.state.stopped')).waitFor()
      await expect.poll(() => visit.page.getByRole('link', { name: t('stage.page.open') }).count()).toBe(0)
      await takeAllLooks(visit, 'app-page-stopped', widths, () =>
        visit.page.locator('[data-state=stopped]').waitFor(),
      )
      await admin.operate('start', 'page')
      await visit.page.getByRole('button', { name: t('public.check_again') }).click()
      await app.getByText('the line is open').waitFor()
      await visit.close()
    },
    6 * minutes,
  )

  test(
    'the owner of an API makes a stage of one operation without code, and it runs',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/')
      await page.getByText(t('showcase.state.api')).waitFor()
      await page.goto('/stage/measures')
      await page.getByText(t('stage.none.title')).waitFor()
      await takeAllLooks(visit, 'app-none', widths, () =>
        page.getByText(/^(这个服务还没有展台|This service has no stage yet)$/).waitFor(),
      )
      await page.getByRole('link', { name: t('stage.none.choose') }).click()
      const measure = page.getByRole('button', { name: '/v1/measure' })
      await measure.click()
      await page.getByText('A picture of any size').first().waitFor()
      await page
        .locator('.test-call input[type=file]')
        .setInputFiles({ name: 'p.png', mimeType: 'image/png', buffer: onePixel })
      await page.getByText(t('stage.using', { name: 'p.png' })).waitFor()
      await page.getByRole('button', { name: t('stage_setup.test_call') }).click()
      const preview = page.getByRole('region', { name: t('stage_setup.preview') })
      await preview.getByText('large').first().waitFor()
      // The suggestion was tried as well; while it is, the button shows that.
      await page.locator('.test-call .act .is-loading').waitFor({ state: 'detached' })
      await page.mouse.move(0, 0)
      await visit.screenshot('stage-setup-tried-zh-1280', { fullPage: true })
      await expectAccessible(page)
      await page.getByRole('button', { name: t('stage_setup.save') }).click()
      await page.waitForURL('**/stage/measures')
      await page
        .getByRole('button', { name: t('stage.run'), exact: true })
        .first()
        .click()
      await page.waitForURL(/run=/)
      await page.locator('.see').getByText('large').first().waitFor()
      await visit.screenshot('stage-mapped-zh-1280', { fullPage: true })
      await page.getByRole('tab', { name: t('stage.tab.code') }).click()
      // The code calls the service's own operation, with the file from the disk.
      const code = page.locator('.code-panel pre')
      await code.getByText('/ai/measures/v1/measure').waitFor()
      await expect.poll(() => code.innerText()).toContain('picture=@p.png')
      await visit.screenshot('stage-mapped-code-zh-1280')
      await page.goto('/stage/measures/setup')
      await takeAllLooks(visit, 'stage-setup', widths, () =>
        page.getByText('A picture of any size').first().waitFor(),
      )
      await visit.close()
    },
    6 * minutes,
  )
})
