import type { Service } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { describeInBrowser, patienceMs, type Visit } from '../support/browser.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { expectAccessible } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const limit = 200
const id = 'greedy'
const ready = { status: 'RUNNING', health: 'READY' } as const
const givenUp = { status: 'FATAL', health: 'UNKNOWN' } as const

/** Needs more memory than its limit for any text, and for `always` also at each later start. Prints nothing. */
const greedy: PackageFiles = {
  'algorithm.yaml': `input: { type: string }\nresources: { memory_mb: ${limit} }\n`,
  'ai_algorithm.py': [
    'import os, time',
    '',
    'always = os.path.join(os.environ["HOME"], "always")',
    '',
    'def fill():',
    '    held = b"x" * (400 * 1024 * 1024)',
    '    time.sleep(600)',
    '',
    'class Algorithm:',
    '    def setup(self):',
    '        if os.path.exists(always): fill()',
    '    def predict(self, input_data):',
    '        for text in input_data:',
    '            if text == "always": open(always, "w").close()',
    '            fill()',
    '        return input_data',
    '',
  ].join('\n'),
}

describeInBrowser('an algorithm whose process is killed in a run', () => {
  let bench: TestBench
  let t: Words
  let admin: ApiClient

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    admin = await bench.platform.admin()
    await admin.publish(id, greedy)
  }, 6 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  const open = async (path: string): Promise<Visit> => {
    const visit = await bench.visitAs('admin')
    await visit.page.goto(path)
    return visit
  }
  const isIn = async (state: Pick<Service, 'status' | 'health'>) => {
    const isSo = async () => {
      const { status, health } = await admin.service(id)
      return status === state.status && health === state.health
    }
    expect(await waitFor(isSo, { timeoutMs: 2 * patienceMs, slowingToMs: 250 })).toBe(true)
  }
  const killed = `内存超过上限 ${limit} MB，被终止`

  test(
    'the stage says why and links to the log, and the open page of the service shows the newest change',
    async () => {
      const service = await open(`/services/${id}`)
      const changes = service.page.getByRole('listitem').filter({ hasText: t('state.health.READY') })
      await changes.first().waitFor()
      const stage = await open(`/stage/${id}`)
      await stage.page.getByRole('textbox', { name: t('stage.your_text'), exact: true }).fill('x')
      await stage.page.getByRole('button', { name: t('stage.run'), exact: true }).click()
      await stage.page.getByRole('alert').getByText(killed).waitFor({ timeout: patienceMs })
      await stage.screenshot('dying-stage')
      await expectAccessible(stage.page)
      expect(await stage.page.getByRole('link', { name: t('stage.its_log') }).getAttribute('href')).toContain(
        `/services/${id}?tab=log`,
      )
      await service.page.getByText(killed).first().waitFor({ timeout: patienceMs })
      await isIn(ready)
      const newest = service.page.locator('.history li').first()
      await newest.getByText(t('state.health.READY')).waitFor({ timeout: patienceMs })
      await service.screenshot('dying-history')
      await service.page.goto(`/services/${id}?tab=instances`)
      await service.page.getByText(t('services.last_end', { how: killed })).waitFor({ timeout: patienceMs })
      await service.screenshot('dying-instances')
    },
    4 * minutes,
  )

  test(
    'a service that was given up for it names the limit, links to its setting, and says that its log is empty',
    async () => {
      await isIn(ready)
      const answer = await admin.predict(id, ['always'])
      expect([answer.status, await answer.text()]).toEqual([502, expect.stringContaining('再发一次')])
      await isIn(givenUp)
      const visit = await open('/calls?status=5xx')
      const { page } = visit
      await page.getByRole('link', { name: t('calls.process_end', { reason: killed }) }).waitFor()
      await expectAccessible(page)
      await visit.screenshot('dying-call')
      await page.goto(`/services/${id}`)
      const trouble = page.getByRole('region', { name: t('trouble.title') })
      await trouble.getByText(t('trouble.raise_memory', { limit: String(limit) })).waitFor()
      await trouble.getByText(t('trouble.silent')).waitFor()
      expect(await trouble.getByRole('link', { name: t('trouble.log') }).count()).toBe(0)
      await visit.screenshot('dying-trouble')
      await expectAccessible(page)
      await trouble.getByRole('link', { name: t('trouble.raise') }).click()
      await page.getByLabel(t('service_settings.limit.memory')).first().waitFor()
    },
    4 * minutes,
  )
})
