import { constants } from 'node:fs'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changesFileOf, instanceSecretHeader } from '@vitrine/contract'
import { runCommand } from '../../../lib/run-command.ts'
import type { EdgeWords } from './nginx.edge.ts'

/**
 * The lines of nginx's configuration that differ between Lua and njs. They decide for every request whether
 * and where it may pass.
 */
export type HotPath = {
  /** The module files to load in addition to njs. */
  modules: readonly string[]
  /** Lines in `http { … }`. */
  http: string
  /** The upstream that must be defined before all others, because it is then found first. */
  upstream: string
  /** Evaluates `$vt_enter`, in a location for a service with a path prefix. */
  enter: (serviceId: string, prefix: string) => string
  /** Evaluates `$vt_closing`, in the location for the control plane. */
  closing: string
  /** Stops counting a finished request, in a location for a service whose instances Lua picks. */
  leave: string
  /** Lets only a whole answer of an instance pass, in a location below the public address. */
  publicAnswer: string
  /** The same in a location at a front port, and without our cookies. */
  frontAnswer: string
  /** Lines in the server of the control socket. */
  control: string
  /** Headers for an instance that differ from request to request (`proxy_set_header`). */
  headers: (words: EdgeWords) => string
}

/**
 * Headers for an instance from nginx's `map`s and from variables of the script. `more` is a variable with
 * further lines.
 */
export const foundHeaders = ({ host, scheme }: EdgeWords, more = ''): string => `
proxy_set_header Upgrade $vt_upgrade;
proxy_set_header Connection $vt_connection;
proxy_set_header Host ${host};
proxy_set_header Cookie $vt_cookie;
proxy_set_header ${instanceSecretHeader} "";
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto ${scheme}${more};
proxy_set_header X-Forwarded-Prefix $vt_prefix;
proxy_set_header X-Request-Id $vt_request_id;
proxy_set_header X-Vitrine-Caller $vt_caller;`

/**
 * A header written by nginx costs more than one appended by Lua, so the remaining ones are appended to the
 * value of one header.
 */
const luaHeaders = ({ host, scheme }: EdgeWords): string => `
proxy_set_header Upgrade "";
proxy_set_header Connection "";
proxy_set_header Host ${host};
proxy_set_header Cookie "";
proxy_set_header ${instanceSecretHeader} "";
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto ${scheme}$vt_headers;
proxy_set_header X-Forwarded-Prefix "";
proxy_set_header X-Request-Id $vt_request_id;
proxy_set_header X-Vitrine-Caller "";`

/** njs decides. It needs only Debian's njs module, but each request costs a copy of its virtual machine. */
export const njsHotPath: HotPath = {
  modules: [],
  http: `
js_set $vt_enter vitrine.enter;
js_set $vt_closing vitrine.closing;
js_var $vt_way;`,
  upstream: '',
  enter: () => '',
  closing: '',
  leave: '',
  control: '',
  headers: foundHeaders,
  publicAnswer: 'js_header_filter vitrine.publicAnswer;',
  frontAnswer: 'js_header_filter vitrine.frontAnswer;',
}

/** The upstream for which Lua picks the instance of each request. */
export const luaGroup = 'vitrine_group'

const luaModules = ['ndk_http_module.so', 'ngx_http_lua_module.so']

/**
 * LuaJIT decides, and connects to the chosen address, so that address needs no upstream. nginx reads the
 * files `script` and `state` with its configuration. Slow decisions stay with njs.
 */
export const luaHotPath = (script: string, state: string, keepAlive: string): HotPath => ({
  modules: luaModules,
  http: `
lua_shared_dict vitrine_hot_shared_state 32m;
lua_shared_dict vitrine_hot_counts 16m;
lua_shared_dict vitrine_hot_under_way 16m;
init_by_lua_block { vitrine = dofile("${script}") vitrine:preload("${state}", "${changesFileOf(state)}") }
init_worker_by_lua_block { vitrine:forgetDeadWorkers() vitrine:endWhatIsRevoked() }
js_var $vt_headers;
js_var $vt_tried;
js_var $vt_way vt_at;`,
  upstream: `upstream vt_at { server 0.0.0.1; balancer_by_lua_block { vitrine:balance() } ${keepAlive} }
upstream ${luaGroup} { server 0.0.0.1; balancer_by_lua_block { vitrine:balanceGroup() } ${keepAlive} }`,
  enter: (serviceId, prefix) =>
    `set_by_lua_block $vt_enter { return vitrine:enter("${serviceId}", "${prefix}") }`,
  closing: 'set_by_lua_block $vt_closing { return vitrine:closing() }',
  leave: 'log_by_lua_block { vitrine:leaveGroup() }',
  publicAnswer: 'header_filter_by_lua_block { vitrine:publicAnswer() }',
  frontAnswer: 'header_filter_by_lua_block { vitrine:frontAnswer() }',
  control: `location /hot/ { content_by_lua_block { vitrine:control() } }
location = /hot/under-way { content_by_lua_block { vitrine:answerUnderWay() } }`,
  headers: luaHeaders,
})

/**
 * Whether this nginx can run our Lua script: it loads the modules, and they have everything that we use. nginx is really
 * started, in one process that listens nowhere and ends at once: `nginx -t` runs no Lua.
 */
export async function hasLua(program: string, modulesFolder: string, path: string): Promise<boolean> {
  const files = luaModules.map((name) => join(modulesFolder, name))
  const areThere = await Promise.all(files.map((file) => access(file, constants.R_OK)))
    .then(() => true)
    .catch(() => false)
  if (!areThere) return false
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-nginx-lua-'))
  try {
    const conf = join(folder, 'nginx.conf')
    const asked = ['ffi', 'jit.opt', 'cjson.safe', 'ngx.base64', 'ngx.balancer', 'resty.core.base'].map(
      (name) => `require("${name}")`,
    )
    // nginx's own Lua library declares C functions of nginx. We call some of them ourselves.
    asked.push('require("ffi").new("ngx_http_lua_ffi_table_elt_t[1]")')
    await writeFile(
      conf,
      `${files.map((file) => `load_module "${file}";`).join('\n')}
pid "${folder}/pid";
daemon off;
master_process off;
events {}
http {
access_log off;
init_by_lua_block { ${asked.join(' ')} }
init_worker_by_lua_block { os.exit(0) }
}
`,
    )
    const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', conf]
    const { exitCode } = await runCommand(
      { file: program, args, cwd: folder, env: { PATH: path } },
      { timeoutMs: 30_000 },
    )
    return exitCode === 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
