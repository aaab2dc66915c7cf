import {
  cookiePrefix,
  hiddenToken,
  linkTokenAfter,
  requestIdPattern,
  type GatewayEdge,
} from '@vitrine/contract'
import { METHODS } from 'node:http'
import type { NginxPlaces } from './nginx.conf.ts'
import { edgeHttp } from './nginx.edge.ts'
import type { HotPath } from './nginx.hot-path.ts'

const members = (own: Record<string, string>) =>
  Object.entries(own)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')

/** The fields of the log line that are known before the answer, as members of a JSON object. */
const fields = members({
  service_id: '$vt_service_json',
  release: '$vt_release',
  caller: '$vt_caller_json',
  path: '"$vt_logged_path"',
  bytes_in: '$vt_bytes_in',
  error: '$vt_error_json',
})

/**
 * A line of the access log (`accessLogLine` in the contract). Seconds with milliseconds followed by `e3` are
 * milliseconds.
 */
const line = members({
  time: '${msec}e3',
  request_id: '"$vt_request_id"',
  method: '"$request_method"',
  status: '$status',
  latency_ms: '${request_time}e3',
  bytes_out: '$body_bytes_sent',
  remote_address: '"$remote_addr"',
  instance_id: '$vt_instance',
})

/**
 * How the lines of the access log are written. The token of a share link is in none. nginx resolves dot segments before it
 * chooses the service, so a path with some can have a token and lead to a service.
 */
const logging = `map "$vt_service:$vt_path" $vt_logged_path { default $vt_path; "~^[^:]*:.*/(?:\\.|%2[eE]){1,2}(?:/|$)" $vt_odd_path; "~^:.*(?:%|/\\.)" $vt_odd_path; "~^:(?<vt_before_token>${linkTokenAfter})[^/]+(?<vt_after_token>.*)$" $vt_before_token${hiddenToken}$vt_after_token; }
map $vt_plain $vt_fields { default $vt_odd_fields; 1 '${fields}'; }
log_format vitrine escape=none '{${line},$vt_fields}';
`

/** Which upgrade of its connection a request wants: only WebSocket is passed on, and only if `Connection` names it. Another wish is ignored. */
const upgrades = `map "$http_connection;$http_upgrade" $vt_upgrade { default ""; "~*^(?:.*[,\\s])?upgrade(?:[,\\s].*)?;websocket$" websocket; }
map $vt_upgrade $vt_connection { default upgrade; "" ""; }
`

/**
 * nginx takes every word as a method. Behind it are Node programs, which read only those that they know; and the embedded gateway
 * is one itself. So such a request is refused here as it is refused there, whatever is behind.
 */
const unknownMethods = `map $request_method $vt_unknown_method { default 1; "" ""; ${METHODS.map((method) => `${method} "";`).join(' ')} }
`

/**
 * The part of `http { … }` before all servers. Its names begin with `vt_` or `vitrine_`, so they do not clash
 * with others.
 */
export const httpPart = (
  { folder }: NginxPlaces,
  script: string,
  hot: HotPath,
  edge: GatewayEdge,
): string => `
js_import vitrine from "${script}";
js_preload_object vitrine_state from "${folder}/state.json";
js_preload_object vitrine_change from "${folder}/state-changes.json";
js_shared_dict_zone zone=vitrine_shared_state:32m;
js_shared_dict_zone zone=vitrine_logins:16m timeout=1h evict;
js_shared_dict_zone zone=vitrine_counts:16m type=number timeout=1h evict;
js_set $vt_odd_fields vitrine.oddFields;
js_set $vt_odd_path vitrine.oddPath;
js_set $vt_answer vitrine.answer;
js_set $vt_passed_headers vitrine.passedHeaders;
js_set $vt_own_cookies vitrine.ownCookies;
js_var $vt_service;
js_var $vt_prefix;
js_var $vt_own_host;
js_var $vt_slow;
js_var $vt_head_length;
js_var $vt_error;
js_var $vt_retry_after;
js_var $vt_passed;
js_var $vt_caller;
js_var $vt_caller_json null;
js_var $vt_release null;
js_var $vt_upstream;
js_var $vt_url;
js_var $vt_admitted;
${hot.http}
${edgeHttp(edge)}
limit_conn_zone $vt_upstream zone=vitrine_under_way:4m;
limit_conn_zone $vt_client zone=vitrine_clients:32m;
${unknownMethods}${upgrades}map $http_connection $vt_connection_names { default 1; "" ""; keep-alive ""; close ""; "~*^(keep-alive|close|upgrade)([,\\s]+(keep-alive|close|upgrade))*$" ""; }
map $http_cookie $vt_cookie { default $http_cookie; "~${cookiePrefix}" $vt_own_cookies; }
map $request_id $vt_made_id { "~^(?<vt_a>.{8})(?<vt_b>.{4})(?<vt_c>.{4})(?<vt_d>.{4})(?<vt_e>.{12})$" $vt_a-$vt_b-$vt_c-$vt_d-$vt_e; }
map $http_x_request_id $vt_sent_id { default ""; "~${requestIdPattern}" $http_x_request_id; }
map $vt_sent_id $vt_request_id { default $vt_sent_id; "" $vt_made_id; }
map $request_uri $vt_target { default $request_uri; "~*^https?://[^/?#]*(?<vt_t>/.*)$" $vt_t; "~*^https?://" /; }
map $request_uri $vt_dots { default ""; "~*^[^?#]*(?:/|%2f)(?:\\.|%2e){1,2}(?:/|%2f|[?#]|$)" 1; }
map "$http_transfer_encoding$request_uri" $vt_plain { default ""; "~^(?<vt_path>/[!#->@-\\[\\]-~]*)(?:\\?\\S*)?$" 1; }
map $vt_service $vt_service_json { default '"$vt_service"'; "" null; }
map $upstream_addr $vt_last_address { "~(?:^|[,:]\\s)(?<vt_l>[^,\\s]+)$" $vt_l; }
map $content_length $vt_announced { default $content_length; "" 0; }
map $vt_error $vt_bytes_in { default 0; "" $vt_announced; }
map $vt_error $vt_error_json { default '"$vt_error"'; "" null; }
${logging}`
