import { defineError } from '../../lib/errors.ts'

/** The holder of a port: a service, a process of the machine, or a process that the system does not name. */
export type PortHolder = { service_id: string } | { pid: number; command: string } | { unknown: true }

const holderName = (
  holder: PortHolder,
  words: { service: string; process: string; unknown: string },
): string => {
  if ('service_id' in holder) return `${words.service} ${holder.service_id}`
  return 'pid' in holder ? `${words.process} ${holder.pid} (${holder.command})` : words.unknown
}

/** The command with which root finds out who has a port: programs of others are named to nobody else. Pure. */
const whoHas = (port: number) => `ss -ltnp 'sport = :${port}'`

export const portTaken = defineError<{ port: number; holder: PortHolder; nearest_free: number | null }>({
  code: 'port.taken',
  quotes: 'ports',
  redacted: {
    zh: '这个端口已被占用，请换一个端口或不指定端口',
    en: 'This port is in use. Choose another one, or leave out the port',
  },
  zh: ({ port, holder, nearest_free }) =>
    `端口 ${port} 已被占用（${holderName(holder, { service: '服务', process: '进程', unknown: `其他进程，root 可用 ${whoHas(port)} 查看` })}）${nearest_free === null ? '' : `，最近的空闲端口是 ${nearest_free}`}`,
  en: ({ port, holder, nearest_free }) =>
    `Port ${port} is in use by ${holderName(holder, { service: 'service', process: 'process', unknown: `another process, which root can name with ${whoHas(port)}` })}${nearest_free === null ? '' : `; the nearest free port is ${nearest_free}`}`,
})

export const portOutOfRange = defineError<{ port: number; first: number; last: number }>({
  code: 'port.out_of_range',
  zh: ({ port, first, last }) => `端口 ${port} 不在允许的范围 ${first}–${last} 内`,
  en: ({ port, first, last }) => `Port ${port} is outside the range ${first}–${last}`,
})

export const portsExhausted = defineError<{ kind: string; first: number; last: number }>({
  code: 'port.exhausted',
  zh: ({ first, last }) => `${first}–${last} 之间没有空闲端口，请删除不用的服务或扩大范围`,
  en: ({ first, last }) =>
    `No port between ${first} and ${last} is free. Delete unused services or extend the range`,
})

export const portHostUnavailable = defineError<{ host: string }>({
  code: 'port.host_unavailable',
  zh: ({ host }) =>
    `这台机器没有地址 ${host}，无法在那里打开独立端口。请使用本机的一个 IPv4 或 IPv6 地址，或者不指定 host`,
  en: ({ host }) =>
    `This machine has no address ${host}, so a front port cannot be opened there. Use an IPv4 or IPv6 address of this machine, or leave out host`,
})

export const portHostNotPermitted = defineError<{ host: string; allowed: string[] }>({
  code: 'port.host_not_permitted',
  zh: ({ host, allowed }) =>
    `只有管理员可以选择独立端口监听的地址 ${host}；不指定 host 时使用 ${allowed.join('、')}`,
  en: ({ host, allowed }) =>
    `Only an administrator can choose the address ${host} for a front port. Without host, it is opened on ${allowed.join(', ')}`,
})
