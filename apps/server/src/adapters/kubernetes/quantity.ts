const units: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** Reads a quantity as a cluster writes it, such as `250m` or `128Mi`. Null if the text is not a quantity. Pure. */
export function readQuantity(text: string): number | null {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?(?:e\d+)?)([A-Za-z]{0,2})$/.exec(text) ?? []
  const factor = units[unit]
  return number === undefined || factor === undefined ? null : Number(number) * factor
}
