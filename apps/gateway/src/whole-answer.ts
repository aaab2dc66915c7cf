/**
 * Whether the answer that nginx read from an instance is a complete final answer. nginx also passes on what it does not
 * understand: without a status line it sends every byte as HTTP/0.9 (status 0 or 9), and it treats an interim answer
 * (1xx) as the final one. The client would take the bytes that follow as another answer of the platform, which no
 * filter has checked. `upgrade` is the upgrade that the instance was asked for: without one, an instance that begins
 * another protocol would have a tunnel that nobody has checked. Pure.
 */
export const isWholeAnswer = (status: number, upgrade: string | undefined): boolean =>
  status >= 200 || (status === 101 && upgrade !== undefined && upgrade !== '')
