import type { HotPath } from './nginx.hot-path.ts'

/**
 * `limit_conn` only tells whether at least this many requests are in progress. More requests than this are
 * reported as this number.
 */
export const countedUpTo = 32

/** Renders the server that only the control plane reaches, on a unix socket. Its workers report `generation`. */
export function controlServer(socket: string, generation: string, hot: HotPath): string {
  const counting = Array.from(
    { length: countedUpTo },
    (_, index) =>
      `location /under-way/${index + 1}/ { limit_conn vitrine_under_way ${index + 1}; js_content vitrine.control; }`,
  )
  return `server {
listen unix:${socket};
access_log off;
keepalive_timeout 0;
client_max_body_size 256m;
client_body_buffer_size 64m;
location = /generation { return 200 "${generation} $pid"; }
location / { js_content vitrine.control; }
${hot.control}
set $vt_upstream $arg_upstream;
limit_conn_status 409;
limit_conn_dry_run off;
${counting.join('\n')}
}`
}
