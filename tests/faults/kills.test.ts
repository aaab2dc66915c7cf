import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { taskSteps, task as taskSchema, type StepOf } from '@vitrine/contract'
import { requestAt } from '../../apps/server/src/lib/endpoint-request.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { slowStart } from '../platform/packages.ts'
import { readEvents, type ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { describeRunners } from '../support/runners.ts'
import { inconsistencies } from './consistency.ts'
import { gatewayLives, killPart, type Part } from './parts.ts'

/** `npm run test:faults` kills every part at every step this many times. `npm test` does some of that once. */
const rounds = Number(process.env.FAULT_ROUNDS ?? '0')
const settleMs = 90_000
const longTest = 240_000

type Step = StepOf<'service.deploy'>
type Fault = { parts: Part[]; at: Step }

const steps: readonly Step[] = taskSteps['service.deploy']
const shortForm: Fault[] = [
  { parts: ['control plane'], at: 'fetch' },
  { parts: ['database'], at: 'environment' },
  { parts: ['gateway'], at: 'configure' },
  { parts: ['new instance'], at: 'verify' },
  { parts: ['control plane'], at: 'route' },
  { parts: ['control plane', 'gateway', 'database', 'new instance'], at: 'verify' },
]

const longForm = (runner: string): Fault[] => {
  const single: Part[] = ['control plane', 'gateway', 'database', 'new instance']
  const parts: Part[][] = [...single.map((part) => [part]), single]
  if (runner === 'supervisor') parts.push(['supervisord'], [...single, 'supervisord'])
  const once = parts.flatMap((killed) => steps.map((at) => ({ parts: killed, at })))
  return Array.from({ length: rounds }, () => once).flat()
}

const faultsOf = (runner: string): Fault[] => {
  if (rounds > 0) return longForm(runner)
  return runner === 'supervisor' ? [...shortForm, { parts: ['supervisord'], at: 'verify' }] : shortForm
}

describeRunners('parts that are killed while a release is deployed', (runner) => {
  let platform: TestPlatform
  let admin: ApiClient
  /** The newest release of the victim, which is the one that serves. */
  let release = 1
  let serving = 1
  /** The timeout that was requested with the release that serves. */
  let timeout: number
  let frontPort: number | null

  beforeAll(async () => {
    platform = await startPlatform({ runner, database: 'own' })
    admin = await platform.admin()
    await admin.publish('bystander', slowStart(0))
    ;({ timeout_s: timeout, front_port: frontPort } = await admin.publish('victim', slowStart(0.5)))
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)

  /** Asks the bystander's instance directly, so that only its own process can fail. */
  async function directly() {
    const endpoint = (await admin.service('bystander')).instances[0]?.endpoint
    if (!endpoint) throw new Error('the bystander has no instance')
    const body = JSON.stringify({ input_data: ['x'] })
    const headers = { 'content-type': 'application/json' }
    return async () => {
      const answer = await requestAt(endpoint, '/predict', { method: 'POST', headers, body })
      return new Response(await answer.body.text(), { status: answer.statusCode })
    }
  }
  const isGood = (body: string) => body.includes('slow:x')

  /** Resolves when the task has begun a step. Its stream ends if the control plane does. */
  async function begun(id: string, step: Step): Promise<void> {
    const stream = await admin.request('GET', `/tasks/${id}/events`)
    await readEvents(stream, ({ data }) =>
      taskSchema.parse(JSON.parse(data)).steps.some(({ name, state }) => name === step && state !== 'queued'),
    )
  }

  /** Everything that is wrong in the API, with the running processes, and for callers through the gateway. */
  async function wrong(): Promise<string[]> {
    const told = await inconsistencies(platform, admin)
    if (told.length > 0) return told
    if (!(await gatewayLives(platform))) return ['the gateway does not run']
    const answer = await (await admin.predict('victim', ['x'])).text()
    return isGood(answer) ? [] : [`the gateway answers ${answer}`]
  }

  async function settled(): Promise<string[]> {
    let last: string[] = ['nothing was asked']
    await waitFor(
      async () => {
        last = await wrong().catch((error: Error) => [error.message])
        return last.length === 0
      },
      { timeoutMs: settleMs, everyMs: 250 },
    )
    return last
  }

  describe.each(faultsOf(runner).map((fault, index) => ({ ...fault, index })))(
    'fault $index',
    ({ parts, at }) => {
      test(
        `${parts.join(', ')} at ${at}: the deploy ends or continues, nothing is left over, and other services keep serving`,
        async () => {
          const spared = !parts.includes('supervisord')
          const loops = [requestLoop(await directly(), isGood)]
          if (!parts.includes('gateway'))
            loops.push(requestLoop(() => admin.predict('bystander', ['x']), isGood))
          release += 1
          const first = platform.frontRange.first + 10
          const asked = { timeout: 60 + release, port: frontPort === first ? first + 1 : first }
          const id = await admin.beginDeploy('victim', { service_config: asked })
          await begun(id, at)
          for (const part of parts) await killPart(platform, part, `victim-r${release}-1`)
          if (parts.includes('control plane')) await platform.start()
          const isOver = async () => {
            // While a part is dead, nobody may answer.
            const task = await admin.task(id).catch(() => null)
            return task && ['succeeded', 'failed'].includes(task.state) && task
          }
          const ended = await waitFor(isOver, { timeoutMs: settleMs, everyMs: 100 })
          if (!ended) throw new Error(`the deploy does not end:\n${await platform.log()}`)
          expect(await settled(), JSON.stringify(ended)).toEqual([])
          if (ended.state === 'succeeded') ({ timeout, port: frontPort } = asked)
          if (ended.state === 'succeeded') serving = release
          const { release: serves, timeout_s, front_port } = await admin.service('victim')
          expect({ serves, timeout_s, front_port }).toEqual({
            serves: serving,
            timeout_s: timeout,
            front_port: frontPort,
          })
          const ends = await Promise.all(loops.map((loop) => loop.stop()))
          if (spared) expect(ends.flatMap(({ failures }) => failures)).toEqual([])
        },
        longTest,
      )
    },
  )

  test(
    'a Ctrl-C afterwards leaves no process behind',
    async () => {
      await platform.end('SIGINT')
      await platform.start()
      expect(await settled()).toEqual([])
    },
    longTest,
  )
})
