/**
 * The values that mean all addresses of the machine, and `localhost`, which may resolve to another address than the
 * platform's.
 */
const replaced: ReadonlySet<unknown> = new Set([
  undefined,
  null,
  '',
  '0',
  '0.0.0.0',
  '::',
  '::0',
  '[::]',
  '0:0:0:0:0:0:0:0',
  'localhost',
])

const isPort = (value: unknown) =>
  typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && Number(value) >= 0)

function inOptions(options: object, host: string): object {
  const isElsewhere = ['path', 'fd', '_handle', 'handle'].some(
    (name) => Reflect.get(options, name) !== undefined,
  )
  if (isElsewhere || !isPort(Reflect.get(options, 'port'))) return options
  return replaced.has(Reflect.get(options, 'host')) ? { ...options, host } : options
}

/**
 * The arguments of `server.listen`, with the host on which a service must listen if they give no host or all addresses
 * of the machine. Otherwise Node would listen on all addresses. A socket file, an open handle and any other address
 * stay unchanged. Pure.
 */
export function onOwnAddress(args: readonly unknown[], host: string): unknown[] {
  const [first, second, ...others] = args
  if (typeof first === 'object' && first !== null) return [inOptions(first, host), ...args.slice(1)]
  if (first === undefined || first === null || typeof first === 'function')
    return [0, host, ...args.filter((arg) => arg !== undefined && arg !== null)]
  if (!isPort(first)) return [...args]
  if (replaced.has(second)) return [first, host, ...others]
  return typeof second === 'string' ? [...args] : [first, host, ...args.slice(1)]
}
