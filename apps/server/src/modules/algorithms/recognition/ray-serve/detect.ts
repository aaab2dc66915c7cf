import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'
import { applicationsIn, rayModules, type RayApplication } from './deployments.ts'

/**
 * Ray counts a core for each replica, and waits for more if the machine has fewer. Programs of the platform share its cores,
 * so it is told a number that small applications do not reach.
 */
const coresAtLeast = 8
/** Memory for what replicas pass to each other. Without a limit, Ray takes a third of that of the machine. In MiB. */
const objectsMb = 256

const runs = {
  // Else it starts as many idle programs as it counts cores.
  RAY_prestart_worker_first_driver: '0',
  RAY_USAGE_STATS_ENABLED: '0',
  // The path of a socket has at most 107 bytes, and the work folder of a service can be longer than that allows.
  RAY_TMPDIR: '/tmp',
}

/** The command of Ray, `serve run`, takes neither an address nor a port. */
function scriptOf({ name, isBuilder, takesArguments }: RayApplication, module: string): string {
  const target = `pkgutil.resolve_name(${JSON.stringify(`${module}:${name}`)})`
  const application = isBuilder ? `${target}(${takesArguments ? '{}' : ''})` : target
  return [
    'import os, pkgutil, ray',
    'from ray import serve',
    `ray.init(num_cpus=max(${coresAtLeast}, os.cpu_count()), object_store_memory=${objectsMb} * 2**20, include_dashboard=False)`,
    'serve.start(http_options={"host": os.environ["HOST"], "port": int(os.environ["PORT"])})',
    `serve.run(${application}, blocking=True)`,
  ].join('; ')
}

/** Detects an application of Ray Serve: a deployment that is bound to a name, or a function that binds one. */
export const detectRayServe: Detector = async (reading) => {
  const modules = await rayModules(reading)
  const plans: Plan[] = []
  for (const module of byRank(modules, ['main', 'app', 'serve', 'server', 'deployment', 'api'])) {
    const [application] = applicationsIn(module)
    if (!application) continue
    const { path, name, line, isBuilder } = application
    const program = await planPythonProgram(reading, path, { framework: ['ray[serve]'], server: [] })
    const reason = say(
      `${path} 第 ${line} 行：${name}${isBuilder ? '()' : ''} 是 Ray Serve 应用`,
      `${path} line ${line}: ${name}${isBuilder ? '()' : ''} is an application of Ray Serve`,
    )
    plans.push({
      ...planFor('python-app', 'python', `${path}:${name}`, [reason, ...program.because]),
      warnings: program.warnings,
      healthPath: '/-/healthz',
      launch: {
        ...program.launch,
        env: runs,
        start: `python -c ${shellWord(scriptOf(application, program.module))}`,
      },
    })
  }
  return plans
}
