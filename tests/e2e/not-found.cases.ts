import { beforeAll, expect, test } from 'vitest'
import { expectAccessibleInEachTheme, expectNoSidewaysScroll } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const nobodysId = '33333333-3333-4333-8333-333333333333'

/** Addresses of missing things, what the page says about them, and the first link that it offers. */
const missing: { path: string; says: string; leadsTo: string }[] = [
  { path: '/no-such-page', says: 'app.not_found.title', leadsTo: '/' },
  { path: '/stage/nothing', says: 'services.missing', leadsTo: '/' },
  { path: '/services/nothing', says: 'services.missing', leadsTo: '/services' },
  { path: '/services/Not_A_Name', says: 'services.missing', leadsTo: '/services' },
  { path: '/algorithms/nothing', says: 'algorithms.missing', leadsTo: '/algorithms' },
  { path: `/compare/${nobodysId}`, says: 'compare.missing', leadsTo: '/compare' },
  { path: '/compare/nothing', says: 'compare.missing', leadsTo: '/compare' },
  { path: `/deploy/tasks/${nobodysId}`, says: 'tasks.missing', leadsTo: '/' },
  { path: `/stage/kinds?run=${nobodysId}`, says: 'stage.run_missing', leadsTo: '/stage/kinds' },
]
const widths = [1280, 390]

/** What is said of what is not there. */
export function notFoundCases(world: InBench): void {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
  }, 4 * minutes)

  test.each(widths)(
    'is reported as missing, with a link elsewhere, in either theme at %i px',
    async (width) => {
      const visit = await bench.visitAs('admin', { width })
      visit.expectAnswer(/^(404|422) GET /)
      const { page } = visit
      for (const { path, says, leadsTo } of missing) {
        await page.goto(path)
        const id = path.split('/').at(-1) ?? ''
        await page.getByRole('heading', { name: t(says, { id }), exact: true }).waitFor()
        await page.getByText(t('app.missing'), { exact: true }).waitFor()
        const first = page.locator('.empty .next a').first()
        expect(await first.getAttribute('href'), path).toBe(leadsTo)
        await expectNoSidewaysScroll(page)
        const name = path.replaceAll(/\W+/g, '-')
        await expectAccessibleInEachTheme(visit, (theme) =>
          visit.screenshot(`missing${name}-${theme}-${width}`),
        )
      }
      await visit.close()
    },
    6 * minutes,
  )

  test.each(widths)(
    'is reported to the visitor of a link, without a link into the product, in either theme at %i px',
    async (width) => {
      const visit = await bench.visitAsNobody({ width })
      visit.expectAnswer(/^404 GET \/api\/v1\/public\/shares\//)
      const { page } = visit
      await page.goto(`/s/${'x'.repeat(43)}`)
      await page.getByRole('heading', { name: t('public.end.not_found'), exact: true }).waitFor()
      expect(await page.getByRole('link').count()).toBe(0)
      await expectNoSidewaysScroll(page)
      await expectAccessibleInEachTheme(visit, (theme) => visit.screenshot(`missing-share-${theme}-${width}`))
      await visit.close()
    },
    2 * minutes,
  )

  test.each(widths)(
    'scripts that do not arrive are told after some seconds, with a link that loads the page again (%i px)',
    async (width) => {
      const visit = await bench.visitAsNobody({ width })
      visit.expectAnswer(/^401 POST \/api\/v1\/auth\/refresh$/)
      const { page } = visit
      const scripts = '**/assets/*.js'
      await page.route(scripts, (route) => route.abort())
      // The test says when the seconds have passed. On a busy machine, they may be over before it looks.
      await page.addInitScript(() => {
        addEventListener('load', () => {
          for (const animation of document.querySelector('.v-first-late')?.getAnimations() ?? [])
            animation.pause()
        })
      })
      await page.goto('/')
      const late = page.getByRole('status').filter({ hasText: '页面还没有加载完' })
      expect(await late.isVisible()).toBe(false)
      await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()))
      await late.waitFor()
      await expectNoSidewaysScroll(page)
      await visit.screenshot(`scripts-missing-${width}`)
      await page.unroute(scripts)
      await late.getByRole('link', { name: '刷新' }).click()
      await page.getByRole('heading', { name: t('session.sign_in.title') }).waitFor()
      await visit.close()
    },
  )
}
