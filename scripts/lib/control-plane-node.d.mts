/** Where Node keeps what it compiled of the programs in a checkout. */
export function compiledIn(root: string): string

/** How the control plane's Node is started. */
export const nodeOptions: string[]
