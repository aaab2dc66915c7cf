import { chmod, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listenersAt } from '../../../lib/procfs/port-ownership.test-setup.ts'
import { testSetup } from '../gateway.test-setup.ts'
import { apiKey, createWorld, route } from '../gateway.test-world.ts'
import { buildScripts, isLuaInstalled, luaBeside, ownNginxUnderTest } from './nginx.test-build.ts'

const reportBeside = (script: string): string => `${script}.compiled`

/** The scripts, of which that for Lua begins to report what LuaJIT compiles and why it gives up. */
async function buildReporting(outfile: string): Promise<void> {
  await buildScripts(outfile)
  if (!isLuaInstalled) return
  const script = luaBeside(outfile)
  const report = reportBeside(outfile)
  await writeFile(report, '')
  await chmod(report, 0o666)
  await writeFile(script, `require("jit.v").on("${report}")\n${await readFile(script, 'utf8')}`)
}

const setup = testSetup('gate.js', buildReporting)
const missing = isLuaInstalled ? '' : ' (skipped: nginx or its Lua is not installed)'

describe.skipIf(!isLuaInstalled)(`the compiled path of a request${missing}`, () => {
  test('has nothing that LuaJIT cannot compile, such as a closure, for one instance and for several', async () => {
    const world = await createWorld(() => ownNginxUnderTest(setup, {}, () => true))
    onTestFinished(() => world.dispose())
    const instance = (name: string) => world.instance((_req, res) => void res.end(name), name)
    const [owned, one, two] = [await instance('owned'), await instance('one'), await instance('two')]
    const { key, entry } = apiKey()
    const closed = { auth: 'required' as const, rate_limit: { requests: 1_000_000, window_s: 3_600 } }
    const proved = { ...owned, listeners: await listenersAt(owned.port) }
    await world.serve([route('a', [proved], closed), route('b', [one, two], closed)])
    await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
    const send = async (count: number) => {
      for (let sent = 0; sent < count; sent++)
        for (const slug of ['a', 'b']) {
          const headers = { Authorization: `Bearer ${key}` }
          const answer = await fetch(`http://127.0.0.1:${world.port}/ai/${slug}/`, { headers })
          expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)])
        }
    }
    // What is done once, such as to create a cache, is tried too. Later only what each request does is.
    const reported = () => readFile(reportBeside(setup.builtFile()), 'utf8')
    await send(30)
    const before = (await reported()).length
    await send(250)
    const lines = (await reported()).slice(before).split('\n')
    expect(lines.some((line) => /^\[TRACE +\d+ .* return\]/.test(line))).toBe(true)
    expect(lines.filter((line) => line.includes('NYI: bytecode'))).toEqual([])
  })
})
