import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findSystemUser } from '../../apps/server/src/lib/system-user.ts'
import { otherPython } from '../../apps/server/src/modules/environments/other-python.test-setup.ts'
import { describeAsRoot } from '../support/as-root.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'

const hasAccount = (await findSystemUser(['vitrine-db'])) !== null
const why = hasAccount ? '' : ' (skipped: there is no account vitrine-db)'

describe.skipIf(!hasAccount)(`with root given up${why}`, () =>
  describeAsRoot('a platform that cannot see which files are root’s', () => {
    let folder = ''
    let platform: TestPlatform
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'vitrine-pythons-'))
      await chmod(folder, 0o755)
      const named = [await otherPython(folder, '3.99.1'), await otherPython(folder, '3.98.2')]
      await chmod(dirname(named[1] ?? ''), 0o777)
      platform = await startPlatform({
        environment: { VITRINE_ROOT: 'drop', VITRINE_PYTHONS: named.join(':') },
      })
    })
    afterAll(async () => {
      await platform?.dispose()
      await rm(folder, { recursive: true, force: true })
    })

    const files = (python: string) => ({
      'algorithm.yaml': `python: "${python}"\n`,
      'ai_algorithm.py': 'class Algorithm:\n    def predict(self, input_data):\n        return input_data\n',
      'requirements.txt': '',
    })

    test('runs packages with the Pythons that only root can change', async () => {
      const admin = await platform.admin()
      const { because, problems } = await admin.inspect(files('3.99'))
      expect(problems).toEqual([])
      expect(because.join('\n')).toMatch(/3\.99\.1/)
      await admin.publish('newer', files('3.99'))
      expect((await admin.predict('newer', ['x'])).status).toBe(200)
    })

    test('does not use one that others could change, also if it is named', async () => {
      const { problems } = await (await platform.admin()).inspect(files('3.98'))
      expect(problems).toMatchObject([
        { code: 'python.missing', message: expect.not.stringContaining('3.98.2') },
      ])
    })
  }),
)
