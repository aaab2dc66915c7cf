import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonModule } from '../python/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'

type Service = { path: string; name: string; line: number }

/** Services of a file: classes below `@bentoml.service`, or `svc = bentoml.Service(…)` of older versions. */
function servicesOf(module: PythonModule): Service[] {
  const service = (name: string, line: number) => ({ path: module.path, name, line })
  const classes = module.decorated.filter(
    ({ kind, callee }) => kind === 'class' && fullName(module, callee) === 'bentoml.service',
  )
  const objects = module.bindings.filter(({ callee }) => fullName(module, callee) === 'bentoml.Service')
  return [...classes, ...objects].map(({ name, line }) => service(name, line))
}

const depends = /\bbentoml\s*\.\s*depends\s*\(\s*(\w+)/g

/** The names of services that others call, so that they are not the ones to serve. */
const partsIn = (modules: readonly PythonModule[]): Set<string> =>
  new Set(modules.flatMap(({ code }) => [...code.matchAll(depends)].map(([, name = '']) => name)))

/** Detects a BentoML service. */
export const detectBentoMl: Detector = async (reading) => {
  const modules = await reading.modulesWith(/\bbentoml\b/)
  const parts = partsIn(modules)
  const whole = modules.flatMap(servicesOf).filter(({ name }) => !parts.has(name))
  const plans: Plan[] = []
  for (const { path, name, line } of byRank(whole, ['service', 'main', 'app', 'bento'])) {
    const program = await planPythonProgram(reading, path, { framework: ['bentoml'], server: [] })
    const reason = say(
      `${path} 第 ${line} 行：${name} 是 BentoML 服务`,
      `${path} line ${line}: ${name} is a BentoML service`,
    )
    plans.push({
      ...planFor('python-app', 'python', `${path}:${name}`, [reason, ...program.because]),
      warnings: program.warnings,
      healthPath: '/healthz',
      launch: {
        ...program.launch,
        env: { BENTOML_DO_NOT_TRACK: 'True' },
        start: `python -m bentoml serve ${shellWord(`${program.module}:${name}`)} --host "$HOST" --port "$PORT"`,
      },
    })
  }
  return plans
}
