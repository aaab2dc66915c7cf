import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonModule } from '../python/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'

type Service = { path: string; module: PythonModule; name: string; line: number }

/** Services of a file: classes below `@bentoml.service`, or `svc = bentoml.Service(…)` of older versions. */
function servicesOf(module: PythonModule): Service[] {
  const service = (name: string, line: number) => ({ path: module.path, module, name, line })
  const classes = module.decorated.filter(
    ({ kind, callee }) => kind === 'class' && fullName(module, callee) === 'bentoml.service',
  )
  const objects = module.bindings.filter(({ callee }) => fullName(module, callee) === 'bentoml.Service')
  return [...classes, ...objects].map(({ name, line }) => service(name, line))
}

/** Whether another service of the package calls this one, so that it is not the one to serve. */
const isPart = ({ name }: Service, all: readonly Service[]) =>
  all.some(({ module }) =>
    new RegExp(String.raw`\bbentoml\s*\.\s*depends\s*\(\s*${name}\b`).test(module.code),
  )

/** Detects a BentoML service. */
export const detectBentoMl: Detector = async (reading) => {
  const all = (await reading.modulesWith(/\bbentoml\b/)).flatMap(servicesOf)
  const whole = all.filter((one) => !isPart(one, all))
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
