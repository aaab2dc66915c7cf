import type { Look, Visit } from '../support/browser.ts'
import type { TestBench } from './test-bench.ts'

/** Opens the page where algorithms are deployed, as an administrator. Until a service is there, its page asks for it in vain. */
export async function openDeploy(bench: TestBench, look?: Look): Promise<Visit> {
  const visit = await bench.visitAs('admin', look)
  visit.expectAnswer(/^404 GET \/api\/v1\/services\/[\w-]+$/)
  await visit.page.goto('/deploy')
  return visit
}

/** Chooses an algorithm of one file, with this code, on that page. */
export const chooseAlgorithm = (page: Visit['page'], code: string): Promise<void> =>
  page.getByTestId('deploy-files').setInputFiles({
    name: 'ai_algorithm.py',
    mimeType: 'text/x-python',
    buffer: Buffer.from(code),
  })
