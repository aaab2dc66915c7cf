import type { PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import type { PythonFunction, PythonModule } from '../python-code/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'
import type { PythonParameter } from '../python-code/python-source.ts'

const standardFunction = 'predict'
const usualNames = ['main', 'predict', 'inference', 'model', 'app', 'run']

/** Decorators that leave a function one that anybody calls. Those of routes, commands and tasks make it another's. */
const harmless = /(^|\.)(no_grad|inference_mode|lru_cache|cache|typechecked|beartype|validate_call)$/

/** Names of arguments that only the code itself can give: a loaded model and its like. */
const objects =
  /^(self|cls|model|models|net|network|clf|classifier|regressor|estimator|pipeline|pipe|session|sess|tokenizer|processor|scaler|vectorizer|encoder|device|args|opt|config|cfg|request|req|context|ctx|loader|dataloader)$/i
/** Types of arguments that a request can carry, as they are written. */
const values =
  /^(["']?)((typing|collections\.abc|pathlib|PIL|np|numpy|t|os)\.)*(str|int|float|bool|bytes|dict|list|Path|PathLike|Any|None|Image(\.Image)?|ndarray|Optional|Union|List|Dict|Sequence|Iterable|Literal|Annotated|Mapping)\b/

const isGiven = ({ name, annotation, default: usual }: PythonParameter): boolean =>
  usual !== null ||
  name.startsWith('*') ||
  name === '/' ||
  (annotation === null ? !objects.test(name) : values.test(annotation))

/** Arguments that only code can provide, so that a request cannot call the function. */
const objectsOf = ({ parameters }: Pick<PythonFunction, 'parameters'>): string[] =>
  parameters.filter((one) => !isGiven(one)).map(({ name }) => name)

function functionIn(module: PythonModule, name: string): PythonFunction | null {
  const found = module.functions.find((one) => one.name === name)
  const decorators = module.decorated.filter((one) => one.name === name && one.kind === 'function')
  return found && decorators.every(({ callee }) => harmless.test(callee)) ? found : null
}

/** Whether it is called with the list of all elements, as the method of a class is. */
const takesList = ({ parameters }: Pick<PythonFunction, 'parameters'>): boolean =>
  parameters[0]?.name === 'input_data'

async function planOf(reading: PackageReading, module: PythonModule, found: PythonFunction): Promise<Plan> {
  const { path } = module
  const program = await planPythonProgram(reading, path, { framework: [], server: [] })
  const { launch } = program
  const isUsual = launch.folder === '' && program.root === '' && launch.install.length === 0
  const called = takesList(found)
    ? say('它每次收到全部输入的列表', 'It gets the list of all inputs in one call')
    : say(
        '每个输入调用一次，表单取自它的参数、类型标注和说明（docstring）',
        'It is called once for each input; its form comes from its parameters, type hints and docstring',
      )
  const reason = say(
    `${path} 第 ${found.line} 行有函数 ${found.name}`,
    `${path} line ${found.line} has the function ${found.name}`,
  )
  return {
    ...planFor('python-function', 'python', `${path}:${found.name}`, [reason, called, ...program.because]),
    warnings: program.warnings,
    ...(!isUsual && { launch: { ...launch, env: {}, start: 'python -m vitrine_runtime' } }),
  }
}

/** The plan for the function that a stated entry `file.py:name` names. Null if there is none. */
export async function statedPythonFunction(reading: PackageReading, entry: string): Promise<Plan | null> {
  const [file = '', name = ''] = entry.split(':')
  const module = await reading.module(file)
  const found = module?.functions.find((one) => one.name === name)
  return module && found ? planOf(reading, module, found) : null
}

/** Detects a bare function `predict` at the top level of any file, if a request can carry what it needs. */
export const detectPythonFunction: Detector = async (reading) => {
  const modules = await reading.modulesWith(/\bdef\s+predict\b/)
  const callable = modules.filter((module) => {
    const found = functionIn(module, standardFunction)
    return found !== null && objectsOf(found).length === 0
  })
  const plans: Plan[] = []
  for (const module of byRank(callable, usualNames)) {
    const found = functionIn(module, standardFunction)
    if (found) plans.push(await planOf(reading, module, found))
  }
  return plans
}
