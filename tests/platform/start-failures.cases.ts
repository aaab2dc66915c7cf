import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pageOf, release, type Task } from '@vitrine/contract'
import { type ApiClient, type PackageFiles } from '../support/api-client.ts'
import { freePorts } from '../support/free-ports.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { command, echo, slowStart } from './packages.ts'

const longTest = 120_000

/** What is said of a start that fails, and how it is tried again. */
export function startFailureCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(() => {
    ;({ platform, admin } = world())
  })

  /** The first line of the reason why a deploy failed, and the details below it. */
  async function failureOf(
    id: string,
    files: PackageFiles,
  ): Promise<{ task: Task; sentence: string; rest: string }> {
    await admin.upload(files, { algorithm_id: id })
    const task = await admin.deploy(id)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'deploy.verification_failed' } })
    const [sentence = '', ...rest] = (task.error?.message ?? '').split('\n')
    return { task, sentence, rest: rest.join('\n') }
  }
  const within = (seconds: number, entry: string) =>
    `runtime: command\nentry: ${entry}\nhealth: { startup_timeout_s: ${seconds} }\n`
  /** Has more time than a server needs to listen on a busy machine. */
  const own = (files: PackageFiles): PackageFiles => ({
    ...files,
    'algorithm.yaml': within(20, 'python3 server.py'),
  })

  describe('the reason why a start failed', () => {
    test(
      'of an instance that is still starting at its deadline: the last answer of /health, and the setting that gives more time',
      async () => {
        const { sentence } = await failureOf('unhurried', {
          ...slowStart(600),
          'algorithm.yaml': 'health: { startup_timeout_s: 15 }\n',
        })
        expect(sentence).toContain('15 秒内没有就绪：/health 返回 503 STARTING')
        expect(sentence).toContain('health.startup_timeout_s（现在是 15）')
        const answer = await admin.request('GET', '/services/unhurried/releases', {
          headers: { 'accept-language': 'en' },
        })
        const { items } = pageOf(release).parse(await answer.json())
        expect(items[0]?.failure).toContain('not ready within 15 s: /health answers 503 STARTING')
      },
      longTest,
    )

    test(
      'of an instance that listens on another port: which one, instead of which, and how to fix it',
      async () => {
        const elsewhere = await freePorts(1)
        // Written so that recognition does not find the port, and so does not change it to $PORT.
        const server = String(command['server.py']).replace('int(os.environ["PORT"])', `sum([${elsewhere}])`)
        const { sentence } = await failureOf('elsewhere', own({ 'server.py': server }))
        expect(sentence).toMatch(new RegExp(`没有监听 \\$PORT（\\d+），而是监听了 ${elsewhere}`))
        expect(sentence).toContain('请监听环境变量 HOST 和 PORT 给出的地址和端口')
      },
      longTest,
    )

    test(
      'of an instance without the health path that its manifest states: the status, that it is a web page, and the setting for the path',
      async () => {
        const server = String(command['server.py'])
          .replace('self.send_response(200)', 'self.send_response(404)')
          .replace('application/json', 'text/html')
        const stated = within(20, 'python3 server.py').replace('health: {', 'health: { path: /health,')
        const { sentence } = await failureOf('pathless', { 'server.py': server, 'algorithm.yaml': stated })
        expect(sentence).toContain('/health 返回 404（一个网页）')
        expect(sentence).toContain('health.path')
      },
      longTest,
    )

    test(
      'of a missing command: its exit code and its meaning',
      async () => {
        const { sentence } = await failureOf('commandless', {
          'server.py': '',
          'algorithm.yaml': within(20, 'no-such-command-of-anyone server.py'),
        })
        expect(sentence).toContain('退出码 127（找不到要运行的命令）')
      },
      longTest,
    )

    test(
      'of a missing module: its name, where to list packages, and the traceback below',
      async () => {
        const { sentence, rest } = await failureOf(
          'moduleless',
          own({ 'server.py': 'import no_such_module_of_anyone\n' }),
        )
        expect(sentence).toContain('找不到模块 no_such_module_of_anyone：requirements.txt')
        expect(sentence).not.toContain('Traceback')
        expect(rest).toContain('Traceback')
        expect(rest).toContain('ModuleNotFoundError')
      },
      longTest,
    )

    test(
      'of an instance that exceeds its memory limit: the limit',
      async () => {
        const greedy = [
          'import time',
          'kept = []',
          'for _ in range(80):',
          '    kept.append(bytearray(8 * 1024 * 1024))',
          '    time.sleep(0.05)',
          'time.sleep(600)',
          '',
        ].join('\n')
        const { sentence } = await failureOf('greedy', {
          'server.py': greedy,
          'algorithm.yaml': `${within(30, 'python3 server.py')}resources: { memory_mb: 128 }\n`,
        })
        expect(sentence).toContain('内存超过上限 128 MB，被终止')
      },
      longTest,
    )

    test(
      'of a service that served before is given as for a deploy, without paths in its first line',
      async () => {
        const gate = join(platform.gates, 'gate')
        const server = `import os, sys\nif os.path.exists(${JSON.stringify(gate)}):\n    sys.exit(127)\n${command['server.py']}`
        await admin.publish('gated', own({ 'server.py': server }))
        expect((await admin.operate('stop', 'gated')).state).toBe('succeeded')
        await writeFile(gate, '')
        const failed = await admin.operate('start', 'gated')
        expect(failed).toMatchObject({ state: 'failed', error: { code: 'service.start_failed' } })
        expect(failed.error?.message).toContain('退出码 127（找不到要运行的命令）')
        expect(failed.error?.message.split('\n')[0]).not.toContain(platform.dataFolder)
      },
      longTest,
    )
  })

  describe('trying again', () => {
    const accepted = z.object({ task_id: z.string(), service_id: z.string() })

    test(
      'a failed deploy can be repeated with the same code and options, although a newer version was uploaded',
      async () => {
        const gate = join(platform.gates, 'open-gate')
        const gated = [
          'import os',
          'class Algorithm:',
          '    def setup(self):',
          `        if not os.path.exists(${JSON.stringify(gate)}):`,
          '            raise RuntimeError("not yet")',
          '    def predict(self, input_data, **parameters):',
          '        return [f"first:{element}" for element in input_data]',
          '',
        ].join('\n')
        await admin.publish('repeated', echo('zero'))
        await admin.upload({ 'ai_algorithm.py': gated }, { algorithm_id: 'repeated' })
        const first = await admin.deploy('repeated', { service_config: { name: '再来一次', timeout: 77 } })
        expect(first.state).toBe('failed')
        await admin.upload(echo('second'), { algorithm_id: 'repeated' })
        await writeFile(gate, '')
        const { task_id: id, service_id: serviceId } = await admin.post(`/tasks/${first.id}/retry`, accepted)
        expect(serviceId).toBe('repeated')
        expect((await admin.taskEnd(id)).state).toBe('succeeded')
        expect(await admin.service('repeated')).toMatchObject({ name: '再来一次', timeout_s: 77, release: 3 })
        expect(await (await admin.predict('repeated', ['x'])).text()).toContain('first:x')
        const refused = await admin.request('POST', `/tasks/${id}/retry`)
        expect([refused.status, await refused.json()]).toMatchObject([
          409,
          { error: { code: 'task.not_retryable' } },
        ])
      },
      longTest,
    )

    test('another person’s task cannot be repeated', async () => {
      await admin.upload(echo(), { algorithm_id: 'mine' })
      const task = await admin.deploy('mine', { service_config: { timeout: 5 } })
      const other = await platform.person('someone', 'user')
      expect((await other.request('POST', `/tasks/${task.id}/retry`)).status).toBe(404)
    })
  })
}
