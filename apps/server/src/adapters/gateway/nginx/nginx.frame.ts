import { quoted } from './nginx.words.ts'

/** What makes a complete configuration of the part for `http { … }`, if the process is our own. */
export type NginxFrame = {
  modulesFolder: string
  pidFile: string
  errorLog: string
  /** The account that workers run as, if we are root. */
  workerUser: string | null
  /** Whether algorithms run with the account of this nginx. */
  sharesAccount: boolean
  /** The maximum number of open files of a worker. */
  openFiles: number
  /** The built script for nginx's Lua; null if it has no Lua. */
  luaFile: string | null
}

/**
 * The folders that an nginx makes at its start and gives to its workers, relative to its own folder. Bodies are not
 * buffered, so nothing is in them. Without these lines, they are those of the machine's nginx, whose workers may be
 * another account.
 */
const temporaryFolders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `${name}_temp_path temp_${name};`)
  .join('\n')

/** Makes a complete configuration of the part for `http { … }`. `modules` are loaded beside that of njs. Pure. */
export function framed(frame: NginxFrame, modules: readonly string[], http: string): string {
  const loaded = ['ngx_http_js_module.so', ...modules].map(
    (name) => `load_module ${quoted(`${frame.modulesFolder}/${name}`)};`,
  )
  return `${loaded.join('\n')}
daemon off;
${frame.workerUser === null ? '' : `user ${frame.workerUser};`}
worker_processes auto;
pcre_jit on;
worker_rlimit_nofile ${frame.openFiles};
pid ${quoted(frame.pidFile)};
error_log ${quoted(frame.errorLog)} warn;
events { worker_connections ${Math.min(16_384, frame.openFiles)}; }
http {
${temporaryFolders}
${http}
}
`
}
