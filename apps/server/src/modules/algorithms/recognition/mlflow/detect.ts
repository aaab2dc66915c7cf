import { shellWord } from '../../../../lib/shell-word.ts'
import { parse } from 'yaml'
import { z } from 'zod'
import { mayBeEntry, type PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { joinPath } from '../python/find-module.ts'
import { statesPython } from '../python/stated-python.ts'
import { notStated, readRequirements } from '../python/requirements.ts'
import { inputOf, parametersOf } from './signature.ts'

const modelFile = z.looseObject({
  flavors: z
    .looseObject({ python_function: z.looseObject({ python_version: z.string().optional() }).optional() })
    .optional(),
  signature: z
    .looseObject({ inputs: z.string().nullish(), params: z.string().nullish() })
    .nullish()
    .catch(null),
  mlflow_version: z
    .string()
    .regex(/^[\w.]+$/)
    .optional(),
})

type Model = {
  isServable: boolean
  version: string | undefined
  python: string | undefined
  signature: z.infer<typeof modelFile>['signature']
}

function readModel(source: string): Model | null {
  try {
    const { data } = modelFile.safeParse(parse(source, { maxAliasCount: 100, uniqueKeys: false }))
    if (!data) return null
    const pyfunc = data.flavors?.python_function
    return {
      isServable: pyfunc !== undefined,
      version: data.mlflow_version,
      python: pyfunc?.python_version,
      signature: data.signature,
    }
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

/** The part of MLflow that loads models. A model that was saved by it lists it, and needs no more. */
const slim = 'mlflow-skinny'

/** What the runtime and MLflow's own server have in common: what is installed, and from where Python imports. */
async function commonOf(reading: PackageReading, path: string, folder: string, model: Model) {
  const stated = await readRequirements(reading, folder)
  const mlflow = model.version === undefined ? 'mlflow' : `mlflow==${model.version}`
  const launch = {
    folder: '',
    paths: [joinPath(folder, 'code')].filter((code) =>
      reading.files.some((file) => file.path.startsWith(`${code}/`)),
    ),
    requirements: stated.file,
    install: [...stated.lines, ...(stated.names.has(slim) ? [] : notStated(stated, [mlflow]))],
    env: {},
  }
  const python = model.python !== undefined && {
    python: { ...statesPython(path, model.python, true), hasSaved: true as const },
  }
  return { launch, python }
}

/** The two ways to serve a model: the platform's runtime, and the server of MLflow with its own API. */
async function plansOf(reading: PackageReading, path: string): Promise<Plan[]> {
  const model = readModel((await reading.readText(path)) ?? '')
  if (!model?.isServable) return []
  const folder = path.split('/').slice(0, -1).join('/')
  const where = shellWord(folder === '' ? '.' : folder)
  const { launch, python } = await commonOf(reading, path, folder, model)
  const input = inputOf(model.signature?.inputs ?? undefined)
  const parameters = parametersOf(model.signature?.params ?? undefined)
  const found = say(
    `${path} 描述一个 MLflow 模型（python_function）`,
    `${path} describes an MLflow model (python_function)`,
  )
  const signed =
    input === undefined
      ? say('它没有写明签名，输入用 JSON 写', 'It states no signature, so its input is written as JSON')
      : say('输入与参数取自它的签名', 'The input and the parameters are those of its signature')
  const own: Plan = {
    ...planFor('mlflow-model', 'python', path, [found, signed]),
    ...python,
    ...(input && { input }),
    ...(parameters && { parameters }),
    launch: { ...launch, start: 'python -m vitrine_runtime' },
  }
  const serve = `mlflow models serve -m ${where}`
  const server: Plan = {
    ...planFor('python-app', 'python', serve, [
      found,
      say('由 MLflow 自己的服务器提供 /invocations', 'MLflow’s own server gives /invocations'),
    ]),
    ...python,
    healthPath: '/ping',
    launch: {
      ...launch,
      start: `python -m ${serve} --env-manager local --host "$HOST" --port "$PORT"`,
    },
  }
  return [own, server]
}

const modelsAtMost = 5

/** Detects a saved MLflow model: a file `MLmodel` with the flavour `python_function`. */
export const detectMlflow: Detector = async (reading) => {
  const paths = reading.files
    .map(({ path }) => path)
    .filter((path) => /(^|\/)MLmodel$/.test(path) && mayBeEntry(path))
  const plans = await Promise.all(paths.slice(0, modelsAtMost).map((path) => plansOf(reading, path)))
  return plans.flat()
}
