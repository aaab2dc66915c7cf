/** Variables that package managers read. Child processes get only these and PATH from our environment. */
const passedOn =
  /^(PATH|(HTTPS?|NO)_PROXY|(https?|no)_proxy|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|PIP_\w+|NPM_CONFIG_\w+|npm_config_(registry|cafile))$/

/** The environment of the commands that the platform starts, made from its own. Pure. */
export const commandEnvOf = (env: Readonly<Record<string, string | undefined>>): Record<string, string> => {
  const passed = Object.entries(env).filter(([name, value]) => passedOn.test(name) && value !== undefined)
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', ...Object.fromEntries(passed) }
}
