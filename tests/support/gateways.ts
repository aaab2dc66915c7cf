import { access } from 'node:fs/promises'
import { describe } from 'vitest'
import type { RunnerKind } from './platform.ts'

/** Which gateway a platform uses. */
export type GatewayKind = 'embedded' | 'nginx'

const needed = ['/usr/sbin/nginx', '/usr/lib/nginx/modules/ngx_http_js_module.so']
const hasNginx = await Promise.all(needed.map((file) => access(file))).then(
  () => true,
  () => false,
)

/**
 * Runs a suite once with each gateway. The one with nginx is skipped if nginx is not installed, and its name
 * says so.
 */
export function describeGateways(name: string, suite: (gateway: GatewayKind) => void): void {
  describe(`${name}, behind the embedded gateway`, () => suite('embedded'))
  describeWithNginx(`${name}, behind nginx`, () => suite('nginx'))
}

/** Runs a suite that needs nginx. It is skipped if nginx is not installed, and its name says so. */
export function describeWithNginx(name: string, suite: () => void): void {
  const missing = hasNginx ? '' : ' (skipped: nginx with njs is not installed)'
  describe.skipIf(!hasNginx)(`${name}${missing}`, suite)
}

/**
 * The gateway of a platform that a suite starts for each runner. Each runner has another one beside it, so that a wall is
 * attacked with all of them, and no platform more is started.
 */
export const gatewayBeside = (runner: RunnerKind): GatewayKind =>
  runner === 'supervisor' && hasNginx ? 'nginx' : 'embedded'
