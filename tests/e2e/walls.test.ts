import { hostWalls, wallStates } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInBrowser } from '../support/browser.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { loadFailAndTryAgain } from './try-again.ts'
import { kinds } from './kinds.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const isRoot = process.getuid?.() === 0
/** What `npm start` tells the control plane when it has kept root. */
const rootKept = {
  zh: '/srv/vitrine 是 root 的；全部停止后以 VITRINE_ROOT=drop 启动即可移交',
  en: '/srv/vitrine is root’s; a start with VITRINE_ROOT=drop, after everything has ended, hands it over',
}
const address = '**/api/v1/host/walls'

describeInBrowser('the page of the walls', () => {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = await TestBench.open({
      VITRINE_SANDBOX: 'off',
      VITRINE_ROOT: 'keep',
      VITRINE_ROOT_KEPT: JSON.stringify(rootKept),
    })
    t = await wordsOf('zh')
    await (await bench.platform.admin()).publish('kinds', kinds)
    await bench.platform.person('guest', 'user')
  }, 4 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  test(
    'says what is missing first, why and what to set, and leads to the services without a sandbox',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/host')
      await page.getByRole('link', { name: t('walls.see') }).click()
      await page.getByRole('heading', { name: t('walls.title'), level: 1 }).waitFor()
      const sandbox = page.getByRole('article', { name: t('walls.name.sandbox') })
      await sandbox.getByText(t('walls.state.missing'), { exact: true }).waitFor()
      await sandbox.getByText(t('walls.why.sandbox_off')).waitFor()
      await sandbox.getByText('VITRINE_SANDBOX=auto', { exact: true }).waitFor()
      const states = await page
        .getByRole('article')
        .evaluateAll((walls) => walls.map((wall) => wall.getAttribute('data-state')))
      expect(states.length).toBeGreaterThan(5)
      const places = states.map((state) => wallStates.findIndex((one) => one === state))
      expect(places).toEqual(places.toSorted((one, other) => one - other))
      // It is known a few seconds after an instance has begun.
      await sandbox
        .getByRole('list', { name: t('walls.outside') })
        .getByRole('link', { name: '各种结果' })
        .click()
      await page.waitForURL(/\/services\/kinds/)
      await visit.close()
    },
    2 * minutes,
  )

  test.skipIf(!isRoot).each(['zh', 'en'] as const)(
    `says why the start has kept root, and what to do (%s)${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
    async (language) => {
      const visit = await bench.visitAs('admin', { language })
      const words = await wordsOf(language)
      await visit.page.goto('/security')
      const controlPlane = visit.page.getByRole('article', { name: words('walls.name.control_plane') })
      await controlPlane.getByText(words('walls.why.root_kept', { reason: rootKept[language] })).waitFor()
      await controlPlane.getByText(words('walls.act.root_kept')).waitFor()
      await visit.close()
    },
    2 * minutes,
  )

  test.each([
    ['zh', 'light', 1280],
    ['en', 'dark', 1280],
    ['zh', 'dark', 390],
    ['en', 'light', 390],
  ] as const)(
    'has no serious barrier and does not scroll sideways (%s, %s, %i px)',
    async (language, theme, width) => {
      const visit = await bench.visitAs('admin', { language, theme, width })
      const { page } = visit
      const words = await wordsOf(language)
      await page.goto('/security')
      await page.getByRole('article', { name: words('walls.name.sandbox') }).waitFor()
      await expectAccessible(page)
      await expectNoSidewaysScroll(page)
      await visit.screenshot(`walls-${language}-${theme}-${width}`, { fullPage: true })
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'shows every gap that there can be, with long names, without scrolling sideways',
    async () => {
      const visit = await bench.visitAs('admin', { width: 390 })
      const { page } = visit
      await page.route(address, async (route) => {
        const answer = await route.fetch()
        const told = hostWalls.parse(await answer.json())
        const said = `bwrap: setting up uid map: Permission denied ${'a'.repeat(120)}`
        const walls = told.walls.map((wall) =>
          wall.name === 'sandbox'
            ? {
                ...wall,
                gaps: [
                  { code: 'bubblewrap_refused', values: { said } },
                  { code: 'namespaces_apparmor', values: {} },
                  { code: 'instances_outside', values: { count: 1 } },
                  { code: 'instances_unfiltered', values: { count: 3 } },
                ],
              }
            : wall,
        )
        const unfiltered = [{ service_id: 'kinds', name: 'a'.repeat(120), instances: 3 }]
        await route.fulfill({ json: { ...told, walls, unfiltered } })
      })
      await page.goto('/security')
      await page.getByText('kernel.apparmor_restrict_unprivileged_userns=0').waitFor()
      await expectNoSidewaysScroll(page)
      await visit.screenshot('walls-refused-390', { fullPage: true })
      await page
        .getByRole('list', { name: t('walls.unfiltered') })
        .getByRole('link')
        .click()
      await page.waitForURL(/\/services\/kinds/)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'shows placeholders while it loads, and an error with a way to try again',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      visit.expectAnswer(/^500 GET \/api\/v1\/host\/walls$/)
      await loadFailAndTryAgain(visit, { path: '/security', address, name: 'walls', t })
      await page.getByRole('article', { name: t('walls.name.sandbox') }).waitFor()
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'is not there for people who do not administer the platform',
    async () => {
      const visit = await bench.visitAs('guest')
      const { page } = visit
      await page.goto('/host')
      await page.getByRole('heading', { name: t('host.title'), level: 1 }).waitFor()
      const places = page.getByRole('navigation', { name: t('app.navigation') }).getByRole('link')
      await expect.poll(() => places.allInnerTexts()).not.toContain(t('walls.title'))
      await page.goto('/security')
      await page.getByRole('heading', { name: t('app.no_permission.title') }).waitFor()
      await visit.close()
    },
    2 * minutes,
  )
})
