import { expect, test } from 'vitest'
import { testActor } from '../../../../../../tests/support/test-app.ts'
import { storedService } from '../../services/stored-service.test-setup.ts'
import { withOptions, type OptionChange } from './with-options.ts'

/** Changes of the options of two services from 1 to 2. */
function twoChanges(changeOption: (id: string, value: number) => Promise<unknown>) {
  const values = new Map([
    ['one', 1],
    ['two', 1],
  ])
  const told: unknown[] = []
  const wanted = [...values.keys()].map((id): OptionChange => ({
    service: storedService({ id }),
    before: 1,
    after: 2,
    option: {
      valueOf: (service) => values.get(service.id) ?? null,
      changeTo: (timeout) => ({ timeout: Number(timeout) }),
      mayBeNone: false,
    },
  }))
  const deps = {
    services: { get: async (id: string) => storedService({ id }) },
    async changeOption({ id, change }: { id: string; change: { timeout?: number } }) {
      const { timeout = 0 } = change
      await changeOption(id, timeout)
      values.set(id, timeout)
    },
    onError: (error: unknown) => void told.push(error),
  }
  const rest = () => Promise.reject(new Error('first'))
  const who = { actor: testActor('admin'), language: 'en' } as const
  return { ended: () => withOptions(deps, who, { wanted, rest }), values, told }
}

test('a change that fails restores the options that were changed before', async () => {
  const { ended, values, told } = twoChanges(async () => undefined)
  await expect(ended()).rejects.toThrow('first')
  expect([...values.values(), told]).toEqual([1, 1, []])
})

test('a failure to restore one option neither hides the first failure nor prevents restoring the others', async () => {
  const second = new Error('second')
  const { ended, values, told } = twoChanges(async (id, value) => {
    if (id === 'two' && value === 1) throw second
  })
  await expect(ended()).rejects.toThrow('first')
  expect([...values]).toEqual([
    ['one', 1],
    ['two', 2],
  ])
  expect(told).toMatchObject([{ errors: [{ message: 'first' }, second] }])
})
