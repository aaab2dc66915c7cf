import { afterEach, beforeAll, expect, test } from 'vitest'
import { hostNodes } from '@vitrine/contract'
import type { TestBrowser } from '../support/browser.ts'
import type { MockApi } from '../support/mock-api.ts'
import { mockForbiddenNodes, mockNodes } from '../support/mock-nodes.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { loadFailAndTryAgain } from './try-again.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const address = '**/api/v1/nodes'

/** What the page of nodes shows of a cluster. The stand-in for the control plane says what there is. */
export function nodesCases(world: () => { browser: TestBrowser; mockApi: MockApi }): void {
  let t: Words
  beforeAll(async () => {
    t = await wordsOf('zh')
  })
  afterEach(() => {
    world().mockApi.nodes = mockNodes()
  })
  const visit = (look = {}) => world().browser.visit(world().mockApi.origin, look)

  test.each([
    ['zh', 'light', 1280],
    ['en', 'dark', 1280],
    ['zh', 'dark', 390],
    ['en', 'light', 390],
  ] as const)(
    'nodes: shows where instances run, which wait, and what is taken (%s, %s, %i px)',
    async (language, theme, width) => {
      const visited = await visit({ language, theme, width })
      const { page } = visited
      const words = await wordsOf(language)
      hostNodes.parse(mockNodes())
      await page.goto('/nodes')
      const cordoned = page.getByRole('row').filter({ hasText: 'worker-1.cluster.example' })
      await cordoned.getByText(words('nodes.state.cordoned')).waitFor()
      await cordoned.getByText('service-005-r4-2').waitFor()
      await page.getByText('0/4 nodes are available').waitFor()
      await page.getByText('dedicated=maps:NoSchedule').waitFor()
      await expectNoSidewaysScroll(page)
      await expectAccessible(page)
      await visited.screenshot(`nodes-${language}-${theme}-${width}`, { fullPage: true })
      await visited.close()
    },
    2 * minutes,
  )

  test(
    'nodes: unfolds the instances of a machine, and each leads to its service',
    async () => {
      const visited = await visit()
      const { page } = visited
      await page.goto('/nodes')
      const machine = page.getByRole('row').filter({ hasText: 'vitrine-01' })
      const last = machine.getByRole('link', { name: 'service-002-r4-9' })
      await machine.getByText('service-001-r4-1').waitFor()
      expect(await last.isVisible()).toBe(false)
      await machine.locator('summary').press('Enter')
      await last.click()
      await page.waitForURL(/\/services\/service-002\?tab=instances/)
      await visited.close()
    },
    2 * minutes,
  )

  test(
    'nodes: says which right is missing, how to give it, and shows the nodes that it knows',
    async () => {
      const { mockApi } = world()
      mockApi.nodes = hostNodes.parse(mockForbiddenNodes())
      const visited = await visit({ width: 390 })
      const { page } = visited
      await page.goto('/nodes')
      await page.getByText(t('nodes.answer.forbidden')).waitFor()
      await page.getByText('kubectl apply -f deploy/kubernetes/rbac.yaml').waitFor()
      await page.getByRole('row').filter({ hasText: 'gpu-a' }).getByText(t('nodes.state.unknown')).waitFor()
      expect(await page.getByText('worker-3').count()).toBe(0)
      await expectNoSidewaysScroll(page)
      await visited.screenshot('nodes-forbidden-390', { fullPage: true })
      await visited.close()
    },
    2 * minutes,
  )

  test(
    'nodes: shows placeholders while it loads, an error with a way to try again, and that there is none',
    async () => {
      const { mockApi } = world()
      mockApi.nodes = { ...mockNodes(), items: [], waiting: [], waiting_count: 0 }
      const visited = await visit()
      const { page } = visited
      visited.expectAnswer(/^500 GET \/api\/v1\/nodes$/)
      await loadFailAndTryAgain(visited, { path: '/nodes', address, name: 'nodes', t })
      await page.getByText(t('nodes.none')).waitFor()
      await visited.screenshot('nodes-none')
      await visited.close()
    },
    2 * minutes,
  )
}
