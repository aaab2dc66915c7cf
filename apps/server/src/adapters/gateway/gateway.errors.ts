import { defineError } from '../../lib/errors.ts'

type Holder = { pid: number; command: string }
const named = (holder: Holder | null, unknown: string) =>
  holder === null ? unknown : `${holder.command} (pid ${holder.pid})`

/**
 * The gateway refused a table and keeps serving the last good one. If a port is taken, `address` and `holder`
 * name it and its process.
 */
export const gatewayRefused = defineError<{ reason: string; address: string | null; holder: Holder | null }>({
  code: 'gateway.refused',
  zh: ({ reason, address, holder }) =>
    address === null
      ? `网关拒绝了新的路由表：${reason}`
      : `网关无法监听 ${address}，该端口被 ${named(holder, '其他进程')} 占用`,
  en: ({ reason, address, holder }) =>
    address === null
      ? `the gateway refused the route table: ${reason}`
      : `the gateway cannot listen on ${address}: the port is in use by ${named(holder, 'another process')}`,
})

/** The gateway's process does not come up or does not answer. */
export const gatewayUnavailable = defineError<{ reason: string }>({
  code: 'gateway.unavailable',
  zh: ({ reason }) => `网关进程不可用：${reason}`,
  en: ({ reason }) => `the gateway process is not available: ${reason}`,
})

/** The system's nginx cannot run our script: its main configuration does not load njs. */
export const njsMissing = defineError<{ reason: string }>({
  code: 'gateway.njs_missing',
  zh: ({ reason }) =>
    `系统的 nginx 没有加载 njs：请安装 libnginx-mod-http-js，或在其主配置（如 /etc/nginx/nginx.conf）最前面加一行 load_module modules/ngx_http_js_module.so;（${reason}）`,
  en: ({ reason }) =>
    `the system's nginx does not load njs: install libnginx-mod-http-js, or put the line "load_module modules/ngx_http_js_module.so;" first in its main configuration (such as /etc/nginx/nginx.conf): ${reason}`,
})

/** The configured folder is not one that the system's nginx includes. */
export const nginxPartNotIncluded = defineError<{ file: string }>({
  code: 'gateway.part_not_included',
  zh: ({ file }) =>
    `系统的 nginx 没有读取 ${file}：VITRINE_NGINX_CONF_DIR 应是主配置在 http { … } 中以 include …/*.conf; 引入的文件夹`,
  en: ({ file }) =>
    `the system's nginx does not read ${file}: VITRINE_NGINX_CONF_DIR must be a folder that its main configuration includes inside http { … } with "include …/*.conf;"`,
})

/** The system's nginx could not be told to reload. */
export const nginxNotReloaded = defineError<{ command: string; reason: string }>({
  code: 'gateway.nginx_not_reloaded',
  redacted: { zh: '网关无法重载', en: 'The gateway cannot be reloaded' },
  zh: ({ command, reason }) => `系统的 nginx 没有运行，或者无法重载（${command}）：${reason}`,
  en: ({ command, reason }) =>
    `the system's nginx is not running, or cannot be reloaded (${command}): ${reason}`,
})
