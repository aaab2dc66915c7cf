import { posix } from 'node:path'
import type { ManifestSource } from '@vitrine/contract'
import type { Finding } from '../../../sources/finding.ts'
import { mayBeEntry, type PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { notStated, readRequirements } from '../python/requirements.ts'

/** What is installed to run a model. Pillow reads the pictures for a model whose input is a picture. */
const needed = ['onnxruntime', 'numpy', 'pillow']
const modelsAtMost = 5

const usualNames = /^(model|best|inference)\.onnx$/
const variantNames = /(int8|uint8|fp16|q4|q8|bnb4|quant|optimi[sz]ed|with_past|merged)/i

/** The models, the likeliest first: a usual name, near the top, in full precision. */
function modelsOf({ files }: PackageReading, { models = [] }: ManifestSource): string[] {
  const paths = new Set([...files.map(({ path }) => path), ...models.map(({ path }) => path)])
  const rank = (path: string) => {
    const name = posix.basename(path)
    return (
      (variantNames.test(name) ? 1_000 : 0) + path.split('/').length * 10 - (usualNames.test(name) ? 5 : 0)
    )
  }
  return [...paths]
    .filter((path) => path.endsWith('.onnx') && mayBeEntry(path))
    .toSorted((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
}

/** Code beside a model probably prepares its inputs, which nobody calls then. */
function codeFindings(reading: PackageReading): Finding[] {
  const code = reading.files.find(({ path }) => path.endsWith('.py') && mayBeEntry(path))
  if (!code) return []
  return [
    {
      code: 'onnx.code_unused',
      path: code.path,
      text: say(
        `没有找到可以启动的服务，所以平台自己运行 ONNX 模型；${code.path} 等代码不会运行`,
        `No server was found that could be started, so the platform runs the ONNX model itself; ${code.path} and other code are not run`,
      ),
      mend: say(
        '如果要先用它们处理输入，请加一个 ai_algorithm.py，里面的类 Algorithm 有方法 predict(self, input_data)',
        'If they are to prepare the input, add ai_algorithm.py with a class Algorithm that has a method predict(self, input_data)',
      ),
    },
  ]
}

/**
 * Detects a model of ONNX: the platform's runtime runs it by ONNX Runtime. What it takes and returns is read from its file when
 * it is first started, because that file may be in the model store, and be of any size.
 */
export const detectOnnxModel: Detector = async (reading, stated) => {
  const models = modelsOf(reading, stated)
  if (models.length === 0) return []
  const requirements = await readRequirements(reading, '')
  const warnings = codeFindings(reading)
  return models.slice(0, modelsAtMost).map((path): Plan => ({
    ...planFor('onnx-model', 'python', path, [
      say(`${path} 是一个 ONNX 模型`, `${path} is a model of ONNX`),
      say(
        '平台的运行时用 ONNX Runtime（CPU）运行它；输入、参数和输出在首次启动时从模型文件里读出',
        'The platform’s runtime runs it by ONNX Runtime (CPU); its inputs, parameters and outputs are read from its file at the first start',
      ),
    ]),
    warnings,
    launch: {
      folder: '',
      paths: [],
      requirements: requirements.file,
      install: [...requirements.lines, ...notStated(requirements, needed)],
      env: {},
      start: 'python -m vitrine_runtime',
    },
  }))
}
