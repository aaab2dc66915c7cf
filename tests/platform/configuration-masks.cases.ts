import { beforeAll, expect, test } from 'vitest'
import { runEndpoints } from '@vitrine/contract'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { ask, changedConfig, setConfig } from './ask-config.ts'

const longTest = 180_000
const started = runEndpoints['POST /runs'].response
const planted = 'planted-secret-75'

/** Secrets that programs print. */
export function configurationMaskCases(world: InWorld): void {
  let admin: ApiClient

  beforeAll(() => {
    ;({ admin } = world())
  })

  /** Prints its token when it starts, and names it in the reason why it cannot start. */
  const talkative: PackageFiles = {
    'ai_algorithm.py': [
      'import os',
      'print("the token is", os.environ.get("MODEL_TOKEN", "none"), flush=True)',
      'if os.environ.get("MODE") == "broken":',
      '    raise RuntimeError("no model for " + os.environ["MODEL_TOKEN"])',
      'class Algorithm:',
      '    def predict(self, input_data, **parameters):',
      '        print("predicting with", os.environ.get("MODEL_TOKEN", "none"), flush=True)',
      '        return input_data',
      '',
    ].join('\n'),
  }
  const textOf = async (path: string) => {
    const { status, body } = await ask(admin, 'GET', path)
    // What is not there hides nothing.
    expect([path, status]).toEqual([path, 200])
    return JSON.stringify(body)
  }
  const logs = (q: string) => textOf(`/services/logs/talkative?lines=500&q=${encodeURIComponent(q)}`)

  test(
    'a secret that a service prints is hidden in its logs, in their downloads, and from a search for it',
    async () => {
      await admin.publish('talkative', talkative)
      await setConfig(admin, 'env.MODEL_TOKEN', { service_id: 'talkative', value: planted, secret: true })
      // The instances were replaced, so the new ones have printed it.
      await expect.poll(() => logs('the token is'), { timeout: 60_000 }).toContain('the token is ••••')
      expect(await logs('')).not.toContain(planted)
      expect(await logs(planted)).not.toContain('the token is')
      const download = await admin.request('GET', '/services/talkative/logs/download')
      const text = await download.text()
      expect(text).toContain('the token is ••••')
      expect(text).not.toContain(planted)
    },
    longTest,
  )

  test(
    'a secret that an algorithm prints during a run is hidden in the log of the run',
    async () => {
      const { run_id: id } = await admin.post('/runs', started, {
        service_id: 'talkative',
        input_data: ['x'],
      })
      const run = await admin.runEnd(id)
      expect(run.status).toBe('succeeded')
      expect(run.logs).toContain('predicting with ••••')
      expect(JSON.stringify(run)).not.toContain(planted)
      expect(await textOf(`/runs/${id}`)).not.toContain(planted)
    },
    longTest,
  )

  test(
    'a secret in the reason of a failed start is hidden in the task and in what is said of the service',
    async () => {
      const { task_id: task } = await admin.post('/config/env.MODE', changedConfig, {
        service_id: 'talkative',
        value: 'broken',
      })
      const end = task ? await admin.taskEnd(task) : null
      expect(end?.state).toBe('failed')
      expect(JSON.stringify(end)).not.toContain(planted)
      const texts = await Promise.all(
        [`/tasks/${task}`, '/services/talkative', '/services/talkative/history', '/audit?page_size=100'].map(
          textOf,
        ),
      )
      expect(texts.filter((one) => one.includes(planted))).toEqual([])
      // It was said, without the secret.
      expect(texts[0]).toContain('no model for ••••')
    },
    longTest,
  )
}
