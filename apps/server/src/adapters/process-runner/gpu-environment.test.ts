import { expect, test } from 'vitest'
import { withGpusOf } from './gpu-environment.ts'

const env = { TOKEN: 'x', NVIDIA_VISIBLE_DEVICES: 'all' }

test('a container that asks for no graphics processor sees none, whatever its service or image states', () => {
  for (const limits of [{}, { gpus: 0 }])
    expect(withGpusOf({ env, limits })).toEqual({ TOKEN: 'x', NVIDIA_VISIBLE_DEVICES: 'void' })
  expect(withGpusOf({ env: {}, limits: {} })).toEqual({ NVIDIA_VISIBLE_DEVICES: 'void' })
})

test('one that asks for some cannot choose them: Docker or the node sets the variable', () => {
  expect(withGpusOf({ env, limits: { gpus: 2 } })).toEqual({ TOKEN: 'x' })
})
