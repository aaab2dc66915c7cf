import { afterAll, beforeAll } from 'vitest'
import { TestBench } from './test-bench.ts'

/** Cases get the bench when they run, not when they are collected. */
export type InBench = () => TestBench

/** Opens a platform and a browser for all cases of a suite, which may be in several files, and prepares what all need. */
export function sharedBench(prepare?: (bench: TestBench) => Promise<void>): InBench {
  let bench: TestBench | null = null
  beforeAll(async () => {
    bench = await TestBench.open()
    await prepare?.(bench)
  }, 240_000)
  afterAll(() => bench?.close(), 180_000)
  return () => {
    if (!bench) throw new Error('the bench did not open')
    return bench
  }
}
