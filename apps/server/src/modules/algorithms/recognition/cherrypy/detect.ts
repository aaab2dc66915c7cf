import { posix } from 'node:path'
import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonCall, type PythonModule } from '../python-code/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'
import { programAround } from '../python-server/program-around.ts'

const usualNames = ['main', 'server', 'app', 'serve', 'run', 'start', 'index', '__main__']
const serving = new Set(['cherrypy.quickstart', 'cherrypy.engine.start'])

const servingCall = (module: PythonModule): PythonCall | undefined =>
  module.calls.find(({ callee }) => serving.has(fullName(module, callee)))

/**
 * The command that runs a program of CherryPy. Its address is a setting, which the program may change until its server starts:
 * so the address of the platform is set at that moment, by a listener that comes before the server.
 */
function startOf(file: string): string {
  const settings =
    '{"server.socket_host": os.environ["HOST"], "server.socket_port": int(os.environ["PORT"]), "engine.autoreload.on": False}'
  const folder = posix.dirname(file)
  return `python -c ${shellWord(
    [
      'import os, runpy, sys, cherrypy',
      `cherrypy.engine.subscribe("start", lambda: cherrypy.config.update(${settings}), priority=1)`,
      ...(folder === '.' ? [] : [`sys.path.insert(0, ${JSON.stringify(folder)})`]),
      `runpy.run_path(${JSON.stringify(file)}, run_name="__main__")`,
    ].join('; '),
  )}`
}

/** Detects a program that serves by CherryPy. */
export const detectCherryPy: Detector = async (reading) => {
  const modules = (await reading.modulesWith(/\bcherrypy\b/)).filter((module) => servingCall(module))
  const plans: Plan[] = []
  for (const module of byRank(modules, usualNames)) {
    const call = servingCall(module)
    if (!call) continue
    const path = await programAround(reading, module, call)
    if (plans.some(({ entry }) => entry === path)) continue
    const program = await planPythonProgram(reading, path, { framework: ['cherrypy'], server: [] })
    const reason = say(
      `${module.path} 第 ${call.line} 行用 ${call.callee}() 提供服务${path === module.path ? '' : `，由 ${path} 启动`}`,
      `${module.path} line ${call.line} serves by ${call.callee}()${path === module.path ? '' : `, which ${path} starts`}`,
    )
    plans.push({
      ...planFor('python-app', 'python', path, [reason, ...program.because]),
      warnings: program.warnings,
      launch: { ...program.launch, env: {}, start: startOf(program.file) },
    })
  }
  return plans
}
