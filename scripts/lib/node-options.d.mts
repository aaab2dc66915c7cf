/** Options of Node for the control plane. */
export const nodeOptions: readonly string[]
