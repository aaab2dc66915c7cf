import { access } from 'node:fs/promises'

/** Whether a path exists and is reachable. A broken link does not exist. */
export const pathExists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
