/**
 * Variables that the platform itself sets for every instance, and those by which a loader or a shell runs foreign code before the
 * instance is in its sandbox. Nobody else sets them. `live_config.py` of the Python runtime has the same lists; tests hold both to
 * `names_of_variables.json`.
 */
const reservedVariables: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'HOST', 'PORT', 'PWD', 'OLDPWD', 'SHLVL', '_'],
  ...['IFS', 'ENV', 'BASH_ENV', 'SHELLOPTS', 'BASHOPTS', 'PS4', 'NODE_OPTIONS', 'NODE_PATH'],
  ...['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONPYCACHEPREFIX', 'LISTEN_FDS', 'LISTEN_PID'],
])
const reservedPrefixes = ['VITRINE_', 'LD_', 'DYLD_', 'GLIBC_', 'GCONV_', 'BASH_FUNC_', 'MALLOC_']

/** Whether a variable is the platform's own, or decides what runs before the sandbox. Pure. */
export const isReservedVariable = (name: string): boolean =>
  reservedVariables.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))
