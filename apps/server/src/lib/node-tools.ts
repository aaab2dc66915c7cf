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
 * The environment in which npm, and the programs that packages run while they are installed, use this Node: it is the first `node` on
 * the path, and add-ons in C++ are built with its headers where they are beside it.
 */
export async function npmEnvironment(
  tools: NodeTools,
  env: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const folder = dirname(tools.node)
  const home = dirname(folder)
  const hasHeaders = await pathExists(join(home, 'include', 'node', 'node.h'))
  return {
    ...env,
    PATH: [folder, env.PATH].filter(Boolean).join(delimiter),
    ...(hasHeaders && { npm_config_nodedir: home }),
  }
}
