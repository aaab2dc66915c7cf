/** The last use of a credential is stored at most once in this time, in milliseconds. */
export const useNotedEveryMs = 60_000
