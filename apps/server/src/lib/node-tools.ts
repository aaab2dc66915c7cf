import { delimiter, dirname, join } from 'node:path'
import { findProgram } from './find-program.ts'
import { pathExists } from './path-exists.ts'

/** Files of the programs that Node packages are installed and run with. */
export type NodeTools = {
  node: string
  /** A file, or the name `npm` where this machine has none. */
  npm: string
}

/** This Node, and the npm beside it or on the path. */
export async function findNodeTools(nodeFile: string, path: string): Promise<NodeTools> {
  return {
    node: nodeFile,
    npm: (await findProgram('npm', `${dirname(nodeFile)}${delimiter}${path}`)) ?? 'npm',
  }
}

/**
 * The machine's npm settings for everybody (registry, certificates), or null. npm looks for them beside the Node that runs it, so
 * another Node would not find them. They are where npm on the path has its prefix (`npm help npmrc`).
 */
async function machineSettings(path: string | undefined): Promise<string | null> {
  const npm = await findProgram('npm', path ?? '')
  const file = npm && join(dirname(dirname(npm)), 'etc', 'npmrc')
  return file && (await pathExists(file)) ? file : null
}

/**
 * The environment in which npm, and the programs that packages run while they are installed, use this Node: it is the first `node` on
 * the path, and add-ons in C++ are built with its headers where they are beside it. The machine's npm settings hold as they do for
 * its own Node, unless the environment names others.
 */
export async function npmEnvironment(
  tools: NodeTools,
  env: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const folder = dirname(tools.node)
  const home = dirname(folder)
  const hasHeaders = await pathExists(join(home, 'include', 'node', 'node.h'))
  const settings = await machineSettings(env.PATH)
  return {
    ...(settings !== null && { NPM_CONFIG_GLOBALCONFIG: settings }),
    ...env,
    PATH: [folder, env.PATH].filter(Boolean).join(delimiter),
    ...(hasHeaders && { npm_config_nodedir: home }),
  }
}
