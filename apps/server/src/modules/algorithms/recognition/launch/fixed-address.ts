import type { Sentence } from '../../../sources/finding.ts'
import { say } from '../plan.ts'
import type { TextEdit } from './text-edit.ts'

/** What is fixed: the port, the host, or that the server is opened to the internet through somebody else's (`share`). */
export type AddressPart = 'port' | 'host' | 'share'

/** A place in code with a fixed address for a server, and what to write there. `value` is what is fixed. */
export type FixedAddress = { what: AddressPart; value: string; edit: TextEdit }

/** Says in code that an address is fixed to a value, and what to write in its place. */
export const fixedInCode: Readonly<Record<AddressPart, (value: string, replacement: string) => Sentence>> = {
  port: (value, replacement) =>
    say(
      `端口固定为 ${value}。端口由平台分配，请写成 ${replacement}`,
      `The port is fixed to ${value}. The platform chooses the port. Write ${replacement}`,
    ),
  host: (value, replacement) =>
    say(
      `监听地址固定为 ${value}，会绕过网关对外开放。请写成 ${replacement}`,
      `The address is fixed to ${value}, which is reachable without the gateway. Write ${replacement}`,
    ),
  share: (value, replacement) =>
    say(
      `share=${value} 会通过 Gradio 的服务器把服务公开到互联网。请写成 share=${replacement}`,
      `share=${value} opens the service to the internet through a server of Gradio. Write share=${replacement}`,
    ),
}

/** Says the same of a command line or a start script. */
export const fixedInCommand: Readonly<Record<'port' | 'host', (value: string) => Sentence>> = {
  port: (value) =>
    say(
      `端口固定为 ${value}。端口由平台分配，写在环境变量里，请改用 "$PORT"`,
      `The port is fixed to ${value}. The platform chooses the port and sets it in the environment. Use "$PORT"`,
    ),
  host: (value) =>
    say(
      `监听地址固定为 ${value}，会绕过网关对外开放。请改用 "$HOST"`,
      `The address is fixed to ${value}, which is reachable without the gateway. Use "$HOST"`,
    ),
}
