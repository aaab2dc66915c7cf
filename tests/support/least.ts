/**
 * The smallest of several measurements. Stops once one is below the bound. Other work on the machine can only
 * make a measurement longer, so the smallest is the true cost.
 */
export const least = async (bound: number, measure: (round: number) => Promise<number>): Promise<number> => {
  let found = Infinity
  for (let round = 0; round < 8 && found >= bound; round++) found = Math.min(found, await measure(round))
  return found
}
