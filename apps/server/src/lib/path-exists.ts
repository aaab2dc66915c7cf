import { access } from 'node:fs/promises'

/** Whether there is something at a path that we can reach; a broken link counts as nothing. */
export const pathExists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
