/**
 * How long tests wait for what is promised without a time, such as the start of a process, in milliseconds. A busy
 * machine takes tens of seconds.
 */
export const patienceMs = 60_000
