import type { HotPath } from './nginx.hot-path.ts'

/** `limit_conn` only tells whether at least so many requests are in progress. Each number up to this one can be asked for. */
export const countedExactlyUpTo = 32
/** Above the last one, only its doubles can be asked for, up to this number. */
export const countedUpTo = 1024

/** The numbers of requests that can be asked for. */
function countsToAsk(): number[] {
  const counts = Array.from({ length: countedExactlyUpTo }, (_, index) => index + 1)
  for (let count = 2 * countedExactlyUpTo; count <= countedUpTo; count *= 2) counts.push(count)
  return counts
}

/** Renders the server that only the control plane reaches, on a unix socket. Its workers report `generation`. */
export function controlServer(socket: string, generation: string, hot: HotPath): string {
  const counting = countsToAsk().map(
    (count) =>
      `location /under-way/${count}/ { limit_conn vitrine_under_way ${count}; js_content vitrine.control; }`,
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
