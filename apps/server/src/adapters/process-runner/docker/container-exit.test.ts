import { expect, test } from 'vitest'
import { startFailureOf } from './container-exit.ts'

const refusal = (message: string) => Object.assign(new Error(message), { statusCode: 500, json: { message } })

test.each([
  ['could not select device driver "" with capabilities: [[gpu]]', 'no_gpu_driver'],
  ['failed to discover GPU vendor from CDI: no known GPU vendor found', 'no_gpu_driver'],
  [
    'nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open shared object file: no such file or directory: unknown',
    'no_gpu_driver',
  ],
  ['nvidia-container-cli: device error: 3: unknown device: unknown', 'too_few_gpus'],
  ['CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=3', 'too_few_gpus'],
  ['exec: "/app/start": stat /app/start: no such file or directory', 'ENOENT'],
  ['could not select device driver "flash" with capabilities: [[tpu]]', null],
])('Docker’s refusal “%s” is understood as %s', (said, errno) => {
  expect(startFailureOf(refusal(said))).toEqual({ errno, said })
})
