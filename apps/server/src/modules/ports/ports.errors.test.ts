import { expect, test } from 'vitest'
import { portTaken, type PortHolder } from './ports.errors.ts'

const said = (holder: PortHolder) => {
  const error = portTaken({ port: 8_001, holder, nearest_free: 8_002 })
  return [error.messageIn('en'), error.messageIn('zh')]
}

test('a taken port names who has it, or the command by which root finds out', () => {
  expect(said({ service_id: 'plates' })).toEqual([
    'Port 8001 is in use by service plates; the nearest free port is 8002',
    '端口 8001 已被占用（服务 plates），最近的空闲端口是 8002',
  ])
  expect(said({ unknown: true })).toEqual([
    "Port 8001 is in use by another process, which root can name with ss -ltnp 'sport = :8001'; the nearest free port is 8002",
    "端口 8001 已被占用（其他进程，root 可用 ss -ltnp 'sport = :8001' 查看），最近的空闲端口是 8002",
  ])
})
