/**
 * Whether an answer that nginx took from an instance is the only one that its bytes contain. nginx passes on what it
 * does not understand: without a status line it sends every byte as HTTP/0.9 has them (status 0 or 9), and it takes
 * an interim answer (1xx) for the last one. What follows would be an answer of its own to the client, in our name and
 * past every filter. `upgrade` is the request's header of that name. Pure.
 */
export const isWholeAnswer = (status: number, upgrade: string | undefined): boolean =>
  status >= 200 || (status === 101 && upgrade !== undefined && upgrade !== '')
