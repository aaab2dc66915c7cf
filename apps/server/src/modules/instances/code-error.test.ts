import { expect, test } from 'vitest'
import { codeErrorIn } from './code-error.ts'
import { clueIn, clueWords } from './log-clue.ts'
import { reasonWords, startReasonWords } from './reason.ts'

const release = '/data/services/typo/releases/12'
const traceback = (...lines: string[]) => ['Traceback (most recent call last):', ...lines]
const typo = traceback(
  `  File "${release}/ai_algorithm.py", line 3, in __init__`,
  '    self.model = lod_model("x")',
  '                 ^^^^^^^^^',
  "NameError: name 'lod_model' is not defined",
)

test.each([
  ['a name that is not defined', typo, { file: 'ai_algorithm.py', line: '3', error: 'NameError' }],
  [
    'an error inside a library is at the place of the package that led there',
    traceback(
      `  File "${release}/src/load.py", line 8, in load`,
      `  File "${release}/venv/lib/python3.11/site-packages/torch/serialization.py", line 1, in load`,
      '  File "/data/environments/ab/lib/python3.11/site-packages/torch/cuda.py", line 2, in init',
      'torch.cuda.CudaError: no device',
      '',
    ),
    { file: 'src/load.py', line: '8', error: 'CudaError' },
  ],
  [
    'of two errors in a row it is the last one',
    [...typo, '', 'During handling of the above exception, another exception occurred:', ''].concat(
      traceback(`  File "${release}/ai_algorithm.py", line 5, in setup`, 'RuntimeError: no weights'),
    ),
    { file: 'ai_algorithm.py', line: '5', error: 'RuntimeError' },
  ],
  ['an error that the process survived', [...typo, 'INFO: ready'], null],
  [
    'an error without a place in the package',
    traceback('  File "/usr/lib/a.py", line 1', 'ValueError: a'),
    null,
  ],
  ['no lines', [], null],
])('%s', (_what, lines, found) => {
  expect(codeErrorIn(lines)).toEqual(found)
})

test('a failed setup names the place and the class of its error, and not what the error says', () => {
  const reason = {
    code: 'states',
    path: '/health',
    status: 503,
    health: 'SETUP_FAILED',
    detail: 'ValueError: the key is hunter2',
  } as const
  const printed = ['loading …', ...typo.slice(0, -1), 'ValueError: the key is hunter2']
  expect(startReasonWords(reason, printed)).toEqual({
    zh: '初始化（setup）失败；ai_algorithm.py 第 3 行出错（ValueError），全文在日志里',
    en: 'its setup failed; line 3 of ai_algorithm.py raised ValueError; the log has all of it',
  })
  expect(startReasonWords(reason, [])).toEqual(reasonWords(reason))
})

test('what the runtime answers of a failed setup comes before what it has printed', () => {
  const detail = "ModuleNotFoundError: No module named 'cv2'"
  const reason = { code: 'states', path: '/health', status: 503, health: 'SETUP_FAILED', detail } as const
  expect(startReasonWords(reason, typo).en).toMatch(/^its setup failed; module cv2 is missing/)
})

test('a cause that is known better comes before the place of the error', () => {
  const lines = ["ModuleNotFoundError: No module named 'cv2'", ...typo]
  expect(clueIn(lines)?.code).toBe('missing_module')
  expect(clueWords({ code: 'code_error', file: 'a.py', line: '1', error: 'KeyError' }).en).toContain(
    'KeyError',
  )
})
