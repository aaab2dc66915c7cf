/** A taint of a node on which pods may run all the same, as the API of a cluster writes it. */
export type Toleration = { key: string; effect: string } & (
  { operator: 'Exists' } | { operator: 'Equal'; value: string }
)

const parts = (text: string): string[] => text.split(',').map((part) => part.trim())

/** Reads the labels that a node must have, such as `pool=services, disktype=ssd`. Pure. */
export const readNodeSelector = (text: string): Record<string, string> =>
  Object.fromEntries(
    parts(text).map((part) => {
      const [label = '', value = ''] = part.split('=')
      return [label, value]
    }),
  )

/** Reads taints as `kubectl taint` takes them, such as `dedicated=vitrine:NoSchedule, nvidia.com/gpu:NoSchedule`. Pure. */
export const readTolerations = (text: string): Toleration[] =>
  parts(text).map((part) => {
    const [taint = '', effect = ''] = part.split(':')
    const [key = '', value] = taint.split('=')
    return value === undefined
      ? { key, operator: 'Exists', effect }
      : { key, operator: 'Equal', value, effect }
  })
