import type { Finding } from '../../sources/finding.ts'
import { mayBeEntry, type PackageReading } from '../recognition/package-reading.ts'
import { say } from '../recognition/plan.ts'
import type { CodeFile } from './code-checker.ts'

/** How many scripts are read to find what saves a model, and how many models a warning names. */
const [readAtMost, namedAtMost] = [200, 5]
/** How much of a line is read, in characters. */
const longestLine = 500

const name = String.raw`["']([\w.-]{1,100})(?::[\w.-]{1,100})?["']`
/** A model that code takes from the store of BentoML: `bentoml.models.get("iris:latest")`, `bentoml.sklearn.load_model("iris")`. */
const taken = new RegExp(
  String.raw`\bbentoml\.(?:models\.(?:get|BentoModel)|\w+\.(?:get|load_model|load_runner))\(\s*${name}`,
  'g',
)

/** The script of the package that saves a model of this name there. */
async function saverOf(reading: PackageReading, model: string): Promise<string | null> {
  const saves = new RegExp(
    String.raw`\bsave(?:_model)?\([^)]{0,200}["']${model.replaceAll('.', String.raw`\.`)}["']`,
  )
  const scripts = reading.files.map(({ path }) => path).filter((path) => /\.(py|ipynb)$/.test(path))
  for (const path of scripts.filter((one) => mayBeEntry(one) || one.endsWith('.ipynb')).slice(0, readAtMost))
    if (saves.test((await reading.readText(path)) ?? '')) return path
  return null
}

/**
 * Warnings for models that the code takes from the store of BentoML: it is in the home folder of whoever trained them, and no
 * package has it.
 */
export async function storedModels(
  reading: PackageReading,
  started: readonly CodeFile[],
): Promise<Finding[]> {
  // A program that brings its models into the store itself has them.
  if (started.some(({ text }) => text.includes('import_model('))) return []
  const found = new Map<string, { path: string; line: number }>()
  for (const { path, text } of started)
    for (const [at, line] of text.split('\n').entries()) {
      if (line.length > longestLine || /^\s*#/.test(line)) continue
      for (const [, model = ''] of line.matchAll(taken))
        if (!found.has(model)) found.set(model, { path, line: at + 1 })
    }
  // Only those that are named: to find what saves one reads the scripts of the package.
  const named = [...found].slice(0, namedAtMost)
  return Promise.all(
    named.map(async ([model, place]) => findingOf({ ...place, model, saver: await saverOf(reading, model) })),
  )
}

function findingOf(found: { path: string; line: number; model: string; saver: string | null }): Finding {
  const { path, line, model, saver } = found
  const made = saver === null ? say('', '') : say(`（${saver} 存进去的）`, ` (${saver} puts it there)`)
  return {
    code: 'preflight.stored_model',
    path,
    line,
    text: say(
      `${path} 第 ${line} 行从 BentoML 的模型库取 ${model}${made.zh}，而模型库不在包里`,
      `${path} line ${line} takes ${model} from the model store of BentoML${made.en}, which is not in the package`,
    ),
    follows: say(
      '服务启动时出错：模型库里没有这个模型',
      'The service ends when it starts, because the store has no such model',
    ),
    mend: say(
      '把训练好的模型存成一个文件（例如 joblib.dump），一起上传，并让服务从这个文件加载',
      'Save the trained model as a file (such as by joblib.dump), upload it as well, and let the service load that file',
    ),
  }
}
