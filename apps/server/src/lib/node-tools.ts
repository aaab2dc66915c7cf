import { delimiter, dirname, join } from 'node:path'
import { findProgram } from './find-program.ts'
import { pathExists } from './path-exists.ts'

/** The programs that install and run Node packages, as file paths. */
export type NodeTools = {
  node: string
  /** A file path, or the name `npm` if this machine has no npm. */
  npm: string
}

/** Returns this Node, and the npm beside it or else on the path. */
export async function findNodeTools(nodeFile: string, path: string): Promise<NodeTools> {
  return {
    node: nodeFile,
    npm: (await findProgram('npm', `${dirname(nodeFile)}${delimiter}${path}`)) ?? 'npm',
  }
}

/**
 * Returns the file with the machine-wide npm settings (registry, certificates), or null. npm looks for this
 * file beside the Node that runs it, so it would not find the file under another Node. The file is under the
 * prefix of the npm on the path (`npm help npmrc`).
 */
async function machineSettings(path: string | undefined): Promise<string | null> {
  const npm = await findProgram('npm', path ?? '')
  const file = npm && join(dirname(dirname(npm)), 'etc', 'npmrc')
  return file && (await pathExists(file)) ? file : null
}

/**
 * Returns the environment in which npm and the install scripts of packages use this Node. This Node is the
 * first `node` on the path, and C++ add-ons are built with its headers if they are beside it. The
 * machine-wide npm settings apply as they do for the machine's own Node, unless the environment names another
 * file.
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
