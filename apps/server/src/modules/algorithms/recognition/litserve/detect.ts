import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonModule } from '../python-code/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'

const serverLine = (module: PythonModule): number | null =>
  module.calls.find(({ callee }) => fullName(module, callee) === 'litserve.LitServer')?.line ?? null

/** Detects a LitServe program: a file that makes a `LitServer` and runs it. */
export const detectLitServe: Detector = async (reading) => {
  const modules = (await reading.modulesWith(/\blitserve\b/)).filter(
    (module) => serverLine(module) !== null && /\.\s*run\s*\(/.test(module.code),
  )
  const plans: Plan[] = []
  for (const module of byRank(modules, ['server', 'main', 'app', 'api', 'serve'])) {
    const { path } = module
    const program = await planPythonProgram(reading, path, { framework: ['litserve'], server: [] })
    const line = serverLine(module) ?? 1
    const reason = say(
      `${path} 第 ${line} 行建立并运行 LitServer`,
      `${path} line ${line} makes a LitServer and runs it`,
    )
    plans.push({
      ...planFor('python-app', 'python', path, [reason, ...program.because]),
      warnings: program.warnings,
      healthPath: '/health',
      launch: { ...program.launch, env: {}, start: `python ${shellWord(program.file)}` },
    })
  }
  return plans
}
