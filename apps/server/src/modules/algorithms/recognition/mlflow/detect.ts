import { shellWord } from '../../../../lib/shell-word.ts'
import { parse } from 'yaml'
import { z } from 'zod'
import { mayBeEntry, type PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { joinPath } from '../python/find-module.ts'
import { statesPython } from '../python/stated-python.ts'
import { notStated, readRequirements } from '../python/requirements.ts'

const modelFile = z.looseObject({
  flavors: z
    .looseObject({ python_function: z.looseObject({ python_version: z.string().optional() }).optional() })
    .optional(),
  mlflow_version: z
    .string()
    .regex(/^[\w.]+$/)
    .optional(),
})

type Model = { isServable: boolean; version: string | undefined; python: string | undefined }

function readModel(source: string): Model | null {
  try {
    const { data } = modelFile.safeParse(parse(source, { maxAliasCount: 100, uniqueKeys: false }))
    if (!data) return null
    const pyfunc = data.flavors?.python_function
    return { isServable: pyfunc !== undefined, version: data.mlflow_version, python: pyfunc?.python_version }
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

async function planOf(reading: PackageReading, path: string): Promise<Plan | null> {
  const model = readModel((await reading.readText(path)) ?? '')
  if (!model?.isServable) return null
  const folder = path.split('/').slice(0, -1).join('/')
  const stated = await readRequirements(reading, folder)
  const mlflow = model.version === undefined ? 'mlflow' : `mlflow==${model.version}`
  return {
    ...planFor('python-app', 'python', path, [
      say(
        `${path} 描述一个 MLflow 模型（python_function）`,
        `${path} describes an MLflow model (python_function)`,
      ),
    ]),
    healthPath: '/ping',
    ...(model.python !== undefined && {
      python: { ...statesPython(path, model.python, true), hasSaved: true },
    }),
    launch: {
      folder: '',
      paths: [joinPath(folder, 'code')].filter((code) =>
        reading.files.some((file) => file.path.startsWith(`${code}/`)),
      ),
      requirements: stated.file,
      install: [...stated.lines, ...notStated(stated, [mlflow])],
      env: {},
      start: `python -m mlflow models serve -m ${shellWord(folder === '' ? '.' : folder)} --env-manager local --host "$HOST" --port "$PORT"`,
    },
  }
}

const modelsAtMost = 5

/** Detects a saved MLflow model: a file `MLmodel` with the flavour `python_function`. */
export const detectMlflow: Detector = async (reading) => {
  const paths = reading.files
    .map(({ path }) => path)
    .filter((path) => /(^|\/)MLmodel$/.test(path) && mayBeEntry(path))
  const plans = await Promise.all(paths.slice(0, modelsAtMost).map((path) => planOf(reading, path)))
  return plans.filter((plan) => plan !== null)
}
