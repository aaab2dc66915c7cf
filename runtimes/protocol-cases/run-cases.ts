import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtures, type Fixture } from './fixtures.ts'
import { startInstance, type Instance, type Runtime } from './instance.ts'
import { startPlatform, type FakePlatform } from './platform.ts'
import { protocolCases, type ProtocolCase } from './protocol-case.ts'
import { takeStep } from './steps.ts'

const folder = import.meta.dirname

/** Reads every case of every file. Throws if a file does not match the schema or is empty. */
function readCases(): ProtocolCase[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.flatMap(
    (name) => protocolCases.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))).cases,
  )
}

function fixtureNamed(name: string): Fixture {
  const fixture = fixtures[name]
  if (!fixture) throw new Error(`there is no fixture ${name}`)
  return fixture
}

async function runSteps(given: ProtocolCase, instance: Instance, platform: FakePlatform): Promise<void> {
  const state = {
    instance,
    platform,
    saved: new Map<string, string>(),
    background: new Map(),
    uploads: new Map(),
  }
  for (const step of given.steps) await takeStep(step, state)
}

/** Declares a test for every case of a runtime. One process serves all cases of a fixture. */
export function runCases(runtime: Runtime): void {
  const cases = readCases().filter((one) => one.languages.includes(runtime.language))
  let platform: FakePlatform
  beforeAll(async () => {
    platform = await startPlatform()
  })
  afterAll(() => platform.close())

  it('no two cases have the same name', () => {
    const names = cases.map((one) => `${one.fixture}: ${one.name}`)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })
  for (const fixture of new Set(cases.map((one) => one.fixture))) {
    const own = cases.filter((one) => one.fixture === fixture)
    const start = () => startInstance(runtime, fixture, fixtureNamed(fixture), platform.url)
    describe(fixture, () => {
      declareShared(
        own.filter((one) => !one.isolated),
        start,
        () => platform,
      )
      it.each(own.filter((one) => one.isolated))('$name', async (given) => {
        const instance = await start()
        try {
          await runSteps(given, instance, platform)
        } finally {
          await instance.remove()
        }
      })
    })
  }
}

function declareShared(
  cases: ProtocolCase[],
  start: () => Promise<Instance>,
  platform: () => FakePlatform,
): void {
  if (cases.length === 0) return
  describe('in one process', () => {
    let instance: Instance
    beforeAll(async () => {
      instance = await start()
    })
    afterAll(() => instance.remove())
    it.each(cases)('$name', (given) => runSteps(given, instance, platform()))
  })
}
