import { expect, test } from 'vitest'
import { drainInstances } from './retire.ts'

const one = { id: 'a-r1-1', port: 18_001 }
const two = { id: 'b-r1-1', port: 18_002 }
const longestDrainMs = () => 60_000
const never = new AbortController().signal

/** Instances with these numbers of requests at each check, null for one that nobody knows. The last one stays. */
function counting(looks: (number | null)[]) {
  const asked: (number | null)[] = []
  return {
    asked,
    inFlight: async (instances: readonly { id: string }[]) => {
      if (!instances.some(({ id }) => id === one.id)) return 0
      const now = looks[Math.min(asked.length, looks.length - 1)]
      if (now === undefined) throw new Error('no number is given')
      asked.push(now)
      return now
    },
  }
}

test('waits until every instance has answered its requests', async () => {
  const { inFlight, asked } = counting([2, 1, 0])
  expect(
    await drainInstances({ inFlight, longestDrainMs }, [two, one], { timeoutS: 60, signal: never }),
  ).toBe(0)
  expect(asked).toEqual([2, 1, 0])
})

test('waits no longer than the service may take for an answer, and reports how many requests are left', async () => {
  const { inFlight } = counting([3])
  expect(await drainInstances({ inFlight, longestDrainMs }, [one], { timeoutS: 0.1, signal: never })).toBe(3)
})

test('waits no longer than the platform lets any instance wait, however long an answer may take', async () => {
  const { inFlight } = counting([3])
  const deps = { inFlight, longestDrainMs: () => 100 }
  expect(await drainInstances(deps, [one], { timeoutS: 3_600, signal: never })).toBe(3)
})

test('asks again while the gateway does not say how many requests there are', async () => {
  const { inFlight, asked } = counting([2, null, null, 1, 0])
  expect(await drainInstances({ inFlight, longestDrainMs }, [one], { timeoutS: 60, signal: never })).toBe(0)
  expect(asked).toEqual([2, null, null, 1, 0])
})

test('waits no longer for a gateway that says nothing, and reports that nobody knows what is left', async () => {
  const { inFlight, asked } = counting([2, null])
  expect(await drainInstances({ inFlight, longestDrainMs }, [one], { timeoutS: 0.1, signal: never })).toBe(
    null,
  )
  expect(asked.length).toBeGreaterThan(2)
})

test('asks nothing if there is no instance', async () => {
  const { inFlight, asked } = counting([1])
  expect(await drainInstances({ inFlight, longestDrainMs }, [], { timeoutS: 60, signal: never })).toBe(0)
  expect(asked).toEqual([])
})

test('a cancelled task stops waiting', async () => {
  const controller = new AbortController()
  const inFlight = async () => {
    controller.abort(new Error('cancelled'))
    return 1
  }
  expect(
    await drainInstances({ inFlight, longestDrainMs }, [one], { timeoutS: 60, signal: controller.signal }),
  ).toBe(1)
})
