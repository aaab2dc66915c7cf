/** What time it is; tests give their own. */
export type Clock = () => Date

/** The machine's clock. */
export const systemClock: Clock = () => new Date()
