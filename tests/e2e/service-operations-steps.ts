import { expect } from 'vitest'
import { z } from 'zod'
import { patienceMs, type Visit } from '../support/browser.ts'
import { singleFileAlgorithm } from './single-file-algorithm.ts'
import type { Words } from './words.ts'

const { id, name, text } = singleFileAlgorithm

/** What a person does with a running service on its pages, until it is deleted. */
export class ServiceOperationsSteps {
  readonly #visit: Visit
  readonly #t: Words
  /** The prefix for the names of its pictures. */
  readonly #mark: string

  constructor(visit: Visit, words: Words, mark: string) {
    this.#visit = visit
    this.#t = words
    this.#mark = mark
  }

  get #page() {
    return this.#visit.page
  }

  /** The log shows what the algorithm printed earlier, and what it prints now. */
  async followLog(key: string): Promise<void> {
    const t = this.#t
    const page = this.#page
    await this.#openServices()
    await page.getByRole('link', { name, exact: true }).click()
    await page.getByRole('link', { name: t('services.tab.log') }).click()
    const log = page.getByRole('log')
    await log.getByText(`看到了：${text}`).first().waitFor()
    expect(await log.getByText('看到了：又一句话').count()).toBe(0)
    await this.#predict(key, '又一句话')
    await log.getByText('看到了：又一句话').first().waitFor()
    await this.#visit.screenshot(`log-${this.#mark}`)
  }

  async stopAndStart(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await this.#openServices()
    await this.#inState('READY')
    await page.getByRole('button', { name: t('services.operation_named.stop', { name }) }).click()
    await this.#confirm('stop')
    await this.#inState('STOPPED')
    await page.goto(`/stage/${id}`)
    await page.getByRole('heading', { name: t('stage.notice.stopped') }).waitFor()
    await expect
      .poll(() => page.getByRole('button', { name: t('stage.run'), exact: true }).isDisabled())
      .toBe(true)
    await this.#visit.screenshot(`stage-stopped-${this.#mark}`)
    await this.#openServices()
    await page.getByRole('button', { name: t('services.operation_named.start', { name }) }).click()
    await this.#inState('READY')
  }

  async restart(): Promise<void> {
    const before = await this.#processId()
    await this.#choose('restart')
    await this.#confirm('restart')
    await expect
      .poll(() => this.#processId(), { timeout: patienceMs })
      .toSatisfy((pid: number | null) => pid !== null && pid !== before)
    await this.#inState('READY')
  }

  async delete(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await this.#choose('delete')
    await this.#confirm('delete')
    await page.getByText(t('services.empty'), { exact: true }).waitFor()
    await page.getByRole('link', { name: t('showcase.title'), exact: true }).click()
    await page.getByText(t('showcase.empty'), { exact: true }).waitFor()
  }

  async #predict(key: string, input: string): Promise<void> {
    const response = await fetch(new URL(`/ai/${id}/predict`, this.#page.url()), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ input_data: [input] }),
    })
    expect(response.status).toBe(200)
  }

  async #openServices(): Promise<void> {
    await this.#page
      .getByRole('link', { name: this.#t('services.title'), exact: true })
      .first()
      .click()
    await this.#row().waitFor()
  }

  #row() {
    return this.#page
      .getByRole('table')
      .getByRole('row')
      .filter({ hasText: `/ai/${id}/` })
  }

  async #inState(word: 'READY' | 'STOPPED'): Promise<void> {
    const key = word === 'READY' ? 'state.health.READY' : 'state.process.STOPPED'
    await this.#row().getByText(this.#t(key), { exact: true }).waitFor()
  }

  async #choose(operation: 'restart' | 'delete'): Promise<void> {
    await this.#row()
      .getByRole('button', { name: this.#t('services.more_named', { name }) })
      .click()
    await this.#page.getByRole('menuitem', { name: this.#t(`services.operation.${operation}`) }).click()
  }

  /** The confirmation names what will stop: the path, and the process if it is running. */
  async #confirm(operation: 'stop' | 'restart' | 'delete'): Promise<void> {
    const t = this.#t
    const dialog = this.#page.getByRole('dialog', { name: t(`services.confirm.${operation}`, { name }) })
    await dialog.getByText(t('services.confirm.path', { path: `/ai/${id}/` })).waitFor()
    await this.#visit.screenshot(`confirm-${operation}-${this.#mark}`)
    await dialog.getByRole('button', { name: t(`services.operation.${operation}`) }).click()
    await dialog.waitFor({ state: 'hidden' })
  }

  /** The pid of the service's only process. Null while it has none. */
  async #processId(): Promise<number | null> {
    const answer = await this.#page.request.get(`/api/v1/services/${id}`)
    const { instances } = z
      .object({ instances: z.array(z.object({ pid: z.number().nullable() })) })
      .parse(await answer.json())
    return instances[0]?.pid ?? null
  }
}
