import { access } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import { zipFile } from '../support/zip-file.ts'
import type { InWorld } from '../support/shared-platform.ts'

const hasPython = await access('/usr/bin/python3').then(
  () => true,
  () => false,
)
const missing = hasPython ? '' : ' (skipped: there is no /usr/bin/python3)'

/** A wheel with one module, `tiny`. */
const tinyWheel = new Uint8Array(
  zipFile([
    { name: 'tiny.py', content: 'value = 42\n' },
    { name: 'tiny-1.0.dist-info/METADATA', content: 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n' },
    {
      name: 'tiny-1.0.dist-info/WHEEL',
      content: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    },
    { name: 'tiny-1.0.dist-info/RECORD', content: '' },
  ]),
)
const wheel = 'wheels/tiny-1.0-py3-none-any.whl'
const server = `import json, os, tiny
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"value": tiny.value}).encode())
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
`
const buildLog = z.object({ lines: z.array(z.string()), next: z.number() })

/** Packages that bring what they depend on. */
export function dependencyCases(world: InWorld): void {
  describe.skipIf(!hasPython)(`dependencies that the package itself has${missing}`, () => {
    let admin: ApiClient

    beforeAll(() => {
      ;({ admin } = world())
    })

    test('are installed for a command, and what pip printed stays with the release', async () => {
      await admin.publish('with-wheel', {
        'algorithm.yaml': 'runtime: command\nentry: python server.py\nhealth: {path: /}\n',
        'requirements.txt': '-r lists/base.txt\n',
        'lists/base.txt': `./${wheel}\n`,
        [wheel]: tinyWheel,
        'server.py': server,
      })
      const answer = await admin.request('GET', '//ai/with-wheel/value')
      expect(await answer.json()).toEqual({ value: 42 })
      const { lines } = await admin.get('/services/with-wheel/releases/build-log?release=1', buildLog)
      expect(lines.join('\n')).toContain('Successfully installed tiny-1.0')
    }, 180_000)

    test('that are for another system fail with that cause, and the log shows it', async () => {
      const windows = 'wheels/tiny-1.0-cp27-cp27m-win_amd64.whl'
      const code = 'class Algorithm:\n    def predict(self, input_data):\n        return input_data\n'
      const files = { 'ai_algorithm.py': code, 'requirements.txt': `./${windows}\n`, [windows]: tinyWheel }
      await admin.upload(files, { algorithm_id: 'for-windows' })
      const ended = await admin.deploy('for-windows')
      expect(ended.error).toMatchObject({ code: 'deploy.environment_failed' })
      expect(ended.error?.message).toMatch(/另一种系统|another system/)
      const read = async () => {
        const { lines } = await admin.get('/services/for-windows/releases/build-log?release=1', buildLog)
        return lines.some((line) => line.includes('not a supported wheel'))
      }
      expect(await waitFor(read, { timeoutMs: patienceMs })).toBe(true)
    }, 180_000)
  })
}
