import { afterAll, describe } from 'vitest'
import { runCases } from '../protocol-cases/run-cases.ts'
import { bundleNodeRuntime } from '../protocol-cases/runtimes.ts'

describe('the Node runtime', () => {
  const runtime = bundleNodeRuntime()
  afterAll(() => runtime.remove())
  runCases(runtime)
})
