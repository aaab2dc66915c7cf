/** Addresses that are all of a machine, and the name of its own one, which may stand for another address than the platform's. */
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
 * The arguments of `server.listen` with the host on which a service is to listen, where they state none or all addresses of
 * the machine: Node would then listen on all. A socket file, an open handle and any other address stay. Pure.
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
