import type { CurrentConfig } from '../modules/configs/effective/current-config.ts'

/**
 * The environment of package managers with the registries that are set now. Without a value of ours, the files of pip and npm on
 * this machine decide.
 */
export function withRegistries(
  env: Readonly<Record<string, string>>,
  current: Pick<CurrentConfig, 'text'>,
): Record<string, string> {
  const pip = current.text('pip.index_url')
  const npm = current.text('npm.registry')
  return {
    ...env,
    ...(pip !== null && { PIP_INDEX_URL: pip }),
    // npm takes either spelling, and the environment counts first.
    ...(npm !== null && !('NPM_CONFIG_REGISTRY' in env) && { npm_config_registry: npm }),
  }
}
