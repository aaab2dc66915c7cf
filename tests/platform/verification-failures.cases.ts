import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { endpointText, service, type Service, type Task } from '@vitrine/contract'
import { RefusedError, type ApiClient, type PackageFiles } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { expectNothingLeft, failedStep } from './deploy-checks.ts'
import { echo, slowStart } from './packages.ts'

const longTest = 240_000

/** What is verified before a release serves. */
export function verificationFailureCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(() => {
    ;({ platform, admin } = world())
  })

  const python = (...lines: string[]): PackageFiles => ({ 'ai_algorithm.py': [...lines, ''].join('\n') })
  const answer = async (id: string) => (await admin.predict(id, ['x'])).text()

  async function deployFails(id: string, files: PackageFiles): Promise<{ task: Task; shown: Service }> {
    await admin.upload(files, { algorithm_id: id })
    const task = await admin.deploy(id)
    return { task, shown: await admin.service(id) }
  }

  test(
    'code that fails while it is loaded fails the verification with the lines that show it, leaves nothing running, and can be fixed',
    async () => {
      const { task, shown } = await deployFails(
        'broken',
        python(
          'class Algorithm(Missing):',
          '    def predict(self, input_data):',
          '        return input_data',
        ),
      )
      expect(task).toMatchObject({ state: 'failed', error: { code: 'deploy.verification_failed' } })
      expect(failedStep(task)).toMatchObject({ name: 'verify', state: 'failed' })
      expect(failedStep(task)?.message).toContain('服务启动验证失败')
      expect(failedStep(task)?.message).toMatch(/ai_algorithm\.py", line 1[\s\S]*NameError/)
      expect(shown).toMatchObject({ status: 'FATAL', release: null })
      expect(shown.reason).toContain('NameError')
      await expectNothingLeft(platform, admin, 'broken')
      const refused = await admin.predict('broken', ['x'])
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, null])
      expect(await refused.json()).toMatchObject({ error: { code: 'service.not_deployed' } })
      expect((await admin.predict('nobody', ['x'])).status).toBe(404)
      const mended = await admin.publish('broken', echo())
      expect(mended).toMatchObject({ status: 'RUNNING', reason: null, release: 2 })
      expect(await answer('broken')).toContain('echo:x')
    },
    longTest,
  )

  test(
    'a setup that raises an error fails the verification with that error',
    async () => {
      const { task } = await deployFails(
        'raises',
        python(
          'class Algorithm:',
          '    def setup(self):',
          '        raise RuntimeError("模型文件不见了")',
          '    def predict(self, input_data):',
          '        return input_data',
        ),
      )
      expect(failedStep(task)).toMatchObject({ name: 'verify' })
      expect(task.error?.message).toContain('模型文件不见了')
      await expectNothingLeft(platform, admin, 'raises')
    },
    longTest,
  )

  test(
    'a setup that takes longer than startup_timeout_s fails the verification',
    async () => {
      const files = { ...slowStart(600), 'algorithm.yaml': 'health: { startup_timeout_s: 2 }\n' }
      const { task } = await deployFails('too-slow', files)
      expect(failedStep(task)).toMatchObject({ name: 'verify' })
      expect(task.error?.message).toContain('2 秒')
      await expectNothingLeft(platform, admin, 'too-slow')
    },
    longTest,
  )

  test(
    'a server that never says that it is ready fails with what it says instead, its own lines, and what to do',
    async () => {
      const files = {
        'app.py': [
          'import os',
          'from http.server import BaseHTTPRequestHandler, HTTPServer',
          'class H(BaseHTTPRequestHandler):',
          '    def do_GET(self):',
          '        self.send_response(503); self.end_headers(); self.wfile.write(b"warming up")',
          'print("loading the model", flush=True)',
          'HTTPServer(("127.0.0.1", int(os.environ["PORT"])), H).serve_forever()',
          '',
        ].join('\n'),
        'algorithm.yaml': 'entry: app.py\nhealth: { startup_timeout_s: 15 }\n',
      }
      const { task, shown } = await deployFails('never', files)
      expect(task.error?.message).toMatch(
        /^服务启动验证失败：15 秒内没有就绪：\/health 返回 503；.*health\.path/,
      )
      expect(task.error?.details['lines']).toEqual(['GET /health 503: warming up', 'loading the model'])
      expect(shown.reason).toMatch(/^15 秒内没有就绪/)
    },
    longTest,
  )

  test(
    'a golden example that does not match prevents the switch, and the old release keeps serving',
    async () => {
      const golden = (expected: string) =>
        `examples:\n  - { name: 金标准, input_data: [x], expect: [{ kind: text, data: "${expected}" }] }\n`
      await admin.publish('golden', { ...echo('one'), 'algorithm.yaml': golden('one:x') })
      const pid = (await admin.service('golden')).instances[0]?.pid
      const { task, shown } = await deployFails('golden', {
        ...echo('two'),
        'algorithm.yaml': golden('one:x'),
      })
      expect(task).toMatchObject({ state: 'failed', error: { code: 'deploy.golden_failed' } })
      expect(task.error?.message).toContain('two:x')
      expect(shown).toMatchObject({ status: 'RUNNING', release: 1 })
      expect(shown.instances.map((instance) => instance.pid)).toEqual([pid])
      expect(await answer('golden')).toContain('one:x')
    },
    longTest,
  )

  test(
    'a golden example that ends the process fails the verification with its last log lines',
    async () => {
      const yaml = 'examples:\n  - { name: 崩溃, input_data: [x], expect: [x] }\n'
      const crash = python(
        'import os, sys',
        'class Algorithm:',
        '    def predict(self, input_data):',
        '        print("内存不足", file=sys.stderr, flush=True)',
        '        os._exit(9)',
      )
      const { task } = await deployFails('crashes', { ...crash, 'algorithm.yaml': yaml })
      expect(task).toMatchObject({ state: 'failed', error: { code: 'deploy.verification_failed' } })
      expect(task.error?.message).toContain('内存不足')
      await expectNothingLeft(platform, admin, 'crashes')
    },
    longTest,
  )

  test(
    'a missing requirement fails the environment with pip’s message, and leaves no folder',
    async () => {
      const folder = join(platform.dataFolder, 'environments')
      const before = await readdir(folder)
      const { task } = await deployFails('unmet', {
        ...echo(),
        'requirements.txt': 'no-such-package-of-anyone==9.9\n',
      })
      expect(task).toMatchObject({ state: 'failed', error: { code: 'deploy.environment_failed' } })
      expect(failedStep(task)).toMatchObject({ name: 'environment' })
      expect(task.error?.message).toContain('no-such-package-of-anyone')
      expect((await readdir(folder)).filter((name) => !before.includes(name))).toEqual([])
      await expectNothingLeft(platform, admin, 'unmet')
    },
    longTest,
  )

  test(
    'two users who change different settings of a service at the same moment both get their way',
    async () => {
      await admin.publish('shared', echo())
      for (let round = 1; round <= 10; round++) {
        const rateLimit = { requests: 1000 + round, window_s: 60 }
        await Promise.all([
          admin.change('shared', { timeout: 100 + round }),
          admin.change('shared', { rate_limit: rateLimit }),
        ])
        expect(await admin.service('shared')).toMatchObject({ timeout_s: 100 + round, rate_limit: rateLimit })
      }
      await admin.deleteService('shared')
    },
    longTest,
  )

  test(
    'two simultaneous deploys of one service run one after the other, and the last one serves',
    async () => {
      await admin.upload(echo('first'), { algorithm_id: 'twice' })
      const first = await admin.beginDeploy('twice')
      await admin.upload(echo('second'), { algorithm_id: 'twice' })
      const second = await admin.beginDeploy('twice')
      const [one, two] = [await admin.taskEnd(first), await admin.taskEnd(second)]
      expect([one.state, two.state]).toEqual(['succeeded', 'succeeded'])
      expect(Date.parse(two.started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(one.finished_at ?? ''))
      expect(await answer('twice')).toContain('second:x')
      expect((await admin.service('twice')).instances).toHaveLength(1)
    },
    longTest,
  )

  test(
    'a taken front port is refused, with its holder and the nearest free port',
    async () => {
      const { front_port: held } = await admin.publish('holder', echo())
      const refusedBy = (port: number | null) =>
        admin
          .beginDeploy('holder', { service_id: 'wants-port', service_config: { port } })
          .then(() => null)
          .catch((error: unknown) => (error instanceof RefusedError ? error : null))
      const byService = await refusedBy(held)
      expect(byService).toMatchObject({ status: 409, code: 'port.taken' })
      expect(byService?.details).toMatchObject({ port: held, holder: { service_id: 'holder' } })
      expect(byService?.details.nearest_free).toBeGreaterThanOrEqual(platform.frontRange.first)

      const port = platform.frontRange.last
      const foreign = createServer()
      await new Promise<void>((resolve) => foreign.listen({ host: '127.0.0.1', port }, resolve))
      try {
        const byOther = await refusedBy(port)
        expect(byOther).toMatchObject({ status: 409, code: 'port.taken' })
        expect(byOther?.details).toMatchObject({ port, holder: platform.ourHolder ?? { unknown: true } })
      } finally {
        await new Promise((resolve) => foreign.close(resolve))
      }
      expect((await admin.request('GET', '/services/wants-port')).status).toBe(404)
      await admin.beginDeploy('holder', { service_id: 'wants-port', service_config: { port } })
    },
    longTest,
  )

  test(
    'twelve services that are deployed at the same time get separate ports and sockets, and all answer',
    async () => {
      await admin.upload(echo('many'), { algorithm_id: 'many' })
      const ids = Array.from({ length: 12 }, (_, index) => `many-${index}`)
      const begun = await Promise.all(ids.map((id) => admin.beginDeploy('many', { service_id: id })))
      const ended = await Promise.all(begun.map((id) => admin.taskEnd(id, longTest)))
      expect(ended.map(({ state }) => state)).toEqual(ids.map(() => 'succeeded'))
      const shown = await Promise.all(ids.map((id) => admin.get(`/services/${id}`, service)))
      const inner = shown.flatMap(({ instances }) => instances.map(({ endpoint }) => endpoint))
      const addresses = [
        ...shown.map(({ front_port: port }) => port),
        ...inner.map((one) => one && endpointText(one)),
      ]
      expect(new Set(addresses).size).toBe(24)
      expect(await Promise.all(ids.map(answer))).toEqual(ids.map(() => expect.stringContaining('many:x')))
    },
    longTest,
  )
}
