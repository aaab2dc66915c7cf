import { beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { echo } from './packages.ts'
import { expressServer, fastApiBelow, flaskApp, flaskFactory, ownStartScript } from './own-server-packages.ts'

// These packages are installed from the package indexes, as they are for people.
const longTest = 240_000
/** Packages with a server of their own. */
export function ownServerCases(world: InWorld): void {
  let admin: ApiClient

  beforeAll(() => {
    ;({ admin } = world())
  })

  const ask = (id: string, path: string) => admin.request('GET', `//ai/${id}${path}`)
  /** What the deploy said about the start of its instances. */
  const verified = (task: { steps: { name: string; message: string | null }[] }) =>
    task.steps.find(({ name }) => name === 'verify')?.message

  test(
    'a Flask application without a health path is served by a WSGI server, and any answer counts as well',
    async () => {
      expect(await admin.inspect(flaskApp)).toMatchObject({ recognised: 'wsgi-app', problems: [] })
      await admin.upload(flaskApp, { algorithm_id: 'flask' })
      const task = await admin.deploy('flask')
      expect(task).toMatchObject({ state: 'succeeded' })
      expect(verified(task)).toContain('没有健康检查的路径')
      expect(await admin.service('flask')).toMatchObject({ status: 'RUNNING', health: 'READY', reason: null })
      const answer = await admin.predict('flask', ['a', 'b'])
      expect([answer.status, await answer.json()]).toEqual([200, { own: ['a', 'b'] }])
      expect((await admin.operate('restart', 'flask')).state).toBe('succeeded')
      expect((await admin.predict('flask', ['c'])).status).toBe(200)
    },
    longTest,
  )

  test(
    'a FastAPI application in a folder of a package runs from where its imports work, and its health path is found',
    async () => {
      expect(await admin.inspect(fastApiBelow)).toMatchObject({
        recognised: 'asgi-app',
        manifest: { entry: 'backend/app/main.py:app', health: { path: null } },
        problems: [],
      })
      await admin.upload(fastApiBelow, { algorithm_id: 'below' })
      const task = await admin.deploy('below')
      expect(task).toMatchObject({ state: 'succeeded' })
      expect(verified(task)).toContain('健康检查用 /healthz')
      expect(await (await ask('below', '/words')).json()).toEqual({ words: ['one', 'two'] })
    },
    longTest,
  )

  test(
    'a Flask factory writes to its instance folder, and the next release finds what it wrote',
    async () => {
      const visits = async () => (await ask('factory', '/visits')).json()
      await admin.publish('factory', flaskFactory)
      expect(await visits()).toEqual({ visits: 1 })
      expect((await admin.deploy('factory')).state).toBe('succeeded')
      expect(await visits()).toEqual({ visits: 2 })
    },
    longTest,
  )

  test(
    'a start script of the package finds the programs of its dependencies',
    async () => {
      await admin.publish('own-script', ownStartScript)
      expect(await (await ask('own-script', '/who')).text()).toBe('own')
    },
    longTest,
  )

  test(
    'an Express server with a fixed port is started as its start script says, on the port of the platform',
    async () => {
      expect(await admin.inspect(expressServer)).toMatchObject({ recognised: 'node-server', problems: [] })
      await admin.publish('express', expressServer)
      const answer = await admin.predict('express', ['x'])
      expect(await answer.json()).toEqual({ own: ['x'] })
    },
    longTest,
  )

  test(
    'a main.py beside the standard class is left alone: it is not run instead of the service',
    async () => {
      const files = { ...echo(), 'main.py': 'raise SystemExit("this is for training")\n' }
      expect(await admin.inspect(files)).toMatchObject({ recognised: 'python-package', problems: [] })
      await admin.publish('trained', files)
      const answer = await admin.predict('trained', ['x'])
      expect(await answer.json()).toMatchObject({ predictions: [{ outputs: [{ data: 'echo:x' }] }] })
    },
    longTest,
  )
}
