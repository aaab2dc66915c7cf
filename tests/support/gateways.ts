import { access } from 'node:fs/promises'
import { describe } from 'vitest'

/** Which gateway carries the requests of a platform. */
export type GatewayKind = 'embedded' | 'nginx'

const needed = ['/usr/sbin/nginx', '/usr/lib/nginx/modules/ngx_http_js_module.so']
const hasNginx = await Promise.all(needed.map((file) => access(file))).then(
  () => true,
  () => false,
)

/** Runs a suite once behind each gateway; nginx's is skipped, by name, where it is not installed. */
export function describeGateways(name: string, suite: (gateway: GatewayKind) => void): void {
  describe(`${name}, behind the embedded gateway`, () => suite('embedded'))
  describeWithNginx(`${name}, behind nginx`, () => suite('nginx'))
}

/** Runs a suite that needs nginx; skipped, by name, where it is not installed. */
export function describeWithNginx(name: string, suite: () => void): void {
  const missing = hasNginx ? '' : ' (skipped: nginx with njs is not installed)'
  describe.skipIf(!hasNginx)(`${name}${missing}`, suite)
}
