import { join } from 'node:path'
import {
  connectMs,
  endingHeaders,
  idleClientMs,
  instanceSecretHeader,
  publicAddressAdditions,
  publicAddressHeaders,
  requestHeadMs,
  siteWideHeaders,
  stalledClientMs,
  type GatewayEdge,
} from '@vitrine/contract'
import { pathExists } from '../../../lib/path-exists.ts'
import { shortDigest } from '../../../lib/short-digest.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import type { NginxPlaces, Parts } from './nginx.conf.ts'
import { edgeServer, edgeWords, type EdgeWords } from './nginx.edge.ts'
import { foundHeaders, type HotPath } from './nginx.hot-path.ts'

/** Headers that need not be cleared: nginx leaves the first three out itself, and `HotPath.headers` has the others. */
const notCleared = ['keep-alive', 'te', 'expect', 'x-real-ip', instanceSecretHeader]
/**
 * Headers that a client may not send to an instance. nginx can clear only those whose names it knows. It itself drops headers with an
 * underscore in their names.
 */
const cleared = [
  ...endingHeaders.filter((name) => !notCleared.includes(name)),
  ...['Port', 'Server', 'Ssl', 'Scheme', 'User', 'Email', 'Groups', 'Preferred-Username', 'Access-Token'].map(
    (name) => `X-Forwarded-${name}`,
  ),
  ...['Wake', 'Service', 'Release', 'Instance', 'User', 'Role', 'Token', 'Run'].map(
    (name) => `X-Vitrine-${name}`,
  ),
]

const clearing = cleared.map((name) => `proxy_set_header ${name} "";`).join('\n')

const proxying = `
proxy_http_version 1.1;
proxy_buffering off;
proxy_request_buffering off;
proxy_redirect off;
proxy_next_upstream error;
proxy_cache off;
proxy_store off;
proxy_intercept_errors off;
proxy_ignore_client_abort off;
proxy_limit_rate 0;
proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
proxy_hide_header X-Request-Id;
proxy_pass_header Server;
proxy_pass_header Date;`

/**
 * An internal address that leads to the error page with this name. A request from outside for it is a bad
 * request.
 */
const fromAddress = (name: string) =>
  `location = /vitrine-${name.replaceAll('_', '-')} { internal; error_page 404 = @vitrine_bad_request; try_files /- @vitrine_${name}; }`

/** The named locations that answer with an error of the gateway, and the code that each tells. */
const errorPages = {
  bad_request: 'gateway.bad_request',
  method_refused: 'gateway.method_refused',
  body_stalled: 'gateway.body_stalled',
  body_too_large: 'gateway.body_too_large',
  headers_too_large: 'gateway.headers_too_large',
  too_many_connections: 'gateway.too_many_connections',
  coding_refused: 'gateway.transfer_coding_refused',
  upstream: 'upstream',
  timeout: 'gateway.timeout',
  away: 'gateway.control_away',
}

/** What becomes of a request that would be one too many of its client. */
const tooMany = 'error_page 429 = @vitrine_too_many_connections;'

/** What becomes of errors, and of requests that need a decision. */
const errorPart = (hot: HotPath) => `
error_page 418 = @vitrine_decide;
# A request that is not understood may have no address yet, and without one there is no way into a named location (nginx's
# ngx_http_named_location): it is given one, from which the way leads on.
error_page 400 505 = /vitrine-bad-request;
error_page 405 = @vitrine_method_refused;
error_page 408 = @vitrine_body_stalled;
error_page 413 = @vitrine_body_too_large;
error_page 414 494 = /vitrine-headers-too-large;
${tooMany}
error_page 501 = @vitrine_coding_refused;
error_page 502 = @vitrine_upstream;
error_page 504 = @vitrine_timeout;
error_page 403 419 500 503 = @vitrine_refused;
location @vitrine_decide {
  if ($vt_error) { return 419; }
  auth_request /vitrine-decide;
  try_files /- $vt_slow;
}
# An error page of its own, so that a refusal here is told to the request that asked instead of being answered.
location = /vitrine-decide { internal; error_page 404 = @vitrine_bad_request; error_page 599 = @vitrine_refused; js_content vitrine.decide; }
${Object.entries(errorPages)
  .map(
    ([name, code]) =>
      `location @vitrine_${name} { set $vt_error ${code}; ${hot.leave} js_header_filter vitrine.answerHead; return 200 $vt_answer; }`,
  )
  .join('\n')}
${['bad_request', 'headers_too_large'].map(fromAddress).join('\n')}
location @vitrine_refused { ${hot.leave} js_header_filter vitrine.answerHead; return 200 $vt_answer; }
`

/** The part that all our servers share. */
const serverPart = ({ accessLog }: NginxPlaces, hot: HotPath, edge: GatewayEdge) => `
# Where workers of any account find that there is nothing: what needs time is decided after a look for a file.
root /nonexistent;
js_fetch_timeout 60s;
# What the system's nginx may have set for all of its sites.
gzip off;
expires off;
limit_rate 0;
ignore_invalid_headers on;
underscores_in_headers off;
server_tokens off;
absolute_redirect off;
merge_slashes off;
recursive_error_pages on;
large_client_header_buffers 4 16k;
keepalive_timeout ${idleClientMs}ms;
keepalive_requests 1000000000;
keepalive_time 24h;
client_header_timeout ${requestHeadMs}ms;
send_timeout ${stalledClientMs}ms;
limit_conn_status 429;
limit_conn_log_level info;
default_type "application/json; charset=utf-8";
uninitialized_variable_warn off;
${edgeServer(edge)}
if ($vt_unknown_method) { set $vt_error gateway.bad_request; return 419; }
${idHeader}
access_log "${accessLog}" vitrine buffer=64k flush=100ms;
${errorPart(hot)}`

const idHeader = 'add_header X-Request-Id $vt_request_id always;'
const hiding = (names: readonly string[]) => names.map((name) => `proxy_hide_header ${name};`).join('\n')

/** What becomes of an instance's answer below the public address. */
const publicAnswerPart = (hot: HotPath) => `
${hot.publicAnswer}
${hiding([...siteWideHeaders, ...publicAddressHeaders])}
# Headers that are added here replace those of the server.
${idHeader}
${Object.entries(publicAddressAdditions)
  .map(([name, value]) => `add_header ${name} "${value}" always;`)
  .join('\n')}
`

/** What becomes of an instance's answer at a front port. */
const frontAnswerPart = (hot: HotPath) => `
${hiding(siteWideHeaders)}
${hot.frontAnswer}
`

/** How many requests a client may have at a time. nginx counts those whose head has arrived. */
const limiting = ({ connections_per_client }: GatewayEdge) =>
  `limit_conn vitrine_clients ${connections_per_client};`

const fastPart = (hot: HotPath, edge: GatewayEdge, words: EdgeWords) => `
if ($vt_enter = "") { return 418; }
limit_conn vitrine_under_way 65535;
${limiting(edge)}
${proxying}
${hot.headers(words)}
proxy_set_header Authorization "";
proxy_set_header X-Forwarded-Host "";
${clearing}
proxy_pass $vt_enter;
`

/** The script writes the client's headers, appended to the value of a header that nginx writes. */
const slowPart = (edge: GatewayEdge, words: EdgeWords) => `
keepalive_timeout 0;
limit_conn vitrine_under_way 65535;
${limiting(edge)}
${proxying}
proxy_pass_request_headers off;
${foundHeaders(words, '$vt_passed_headers')}
proxy_set_header Authorization "";
proxy_set_header X-Forwarded-Host "";
proxy_pass $vt_url;
`

/** Event streams of the control plane may be silent as long as nothing happens. */
const controlPart = (edge: GatewayEdge, { host, scheme }: EdgeWords) => `
${limiting(edge)}
${tooMany}
client_max_body_size 0;
client_body_timeout 1h;
proxy_connect_timeout ${connectMs}ms;
proxy_read_timeout 365d;
proxy_send_timeout 1h;
error_page 408 = @vitrine_body_stalled;
error_page 419 = @vitrine_refused;
error_page 502 504 = @vitrine_away;
${proxying}
proxy_set_header Upgrade $vt_upgrade;
proxy_set_header Connection $vt_connection;
proxy_set_header Host ${host};
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto ${scheme};
proxy_set_header X-Forwarded-Host ${host};
proxy_set_header X-Forwarded-Prefix "";
proxy_set_header X-Request-Id $vt_request_id;
proxy_set_header X-Vitrine-Caller "";
${clearing}
proxy_pass http://vitrine_control$vt_target;
`

/** Writes the parts that no route changes. Their file names contain a digest of the contents. */
export async function writeParts(places: NginxPlaces, hot: HotPath, edge: GatewayEdge): Promise<Parts> {
  const words = edgeWords(edge)
  const write = async (name: string, text: string) => {
    const file = join(places.folder, `${name}-${shortDigest(text)}.conf`)
    if (!(await pathExists(file))) await writeFileAtomically(file, text, 0o600)
    return `"${file}"`
  }
  return {
    server: await write('server', serverPart(places, hot, edge)),
    fast: await write('fast', fastPart(hot, edge, words)),
    slow: await write('slow', slowPart(edge, words)),
    control: await write('control', controlPart(edge, words)),
    publicAnswer: await write('public-answer', publicAnswerPart(hot)),
    frontAnswer: await write('front-answer', frontAnswerPart(hot)),
  }
}
