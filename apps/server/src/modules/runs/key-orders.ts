import type { Json, Output, PredictResponse } from '@vitrine/contract'
import { inKeyOrder, keyOrdersOf } from '@vitrine/contract/key-order'
import { isResultKind, resultKinds } from '@vitrine/contract/results'

/** Whether the data of a kind is shown with the keys that an algorithm chose. A kind that nobody knows is. */
const hasOwnKeys = (kind: string): boolean => !isResultKind(kind) || resultKinds[kind].hasOwnKeys

function withOrders({ key_orders: _stated, ...output }: Output): Output {
  const orders = hasOwnKeys(output.kind) ? keyOrdersOf(output.data) : []
  return orders.length === 0 ? output : { ...output, key_orders: orders }
}

/**
 * A result as it is stored: with the orders of keys that the database would forget. Otherwise a list of records would be a table
 * with its columns in another order each time that it is read again. Pure.
 */
export const withKeyOrders = (result: PredictResponse): PredictResponse => ({
  ...result,
  predictions: result.predictions.map((prediction) => ({
    ...prediction,
    outputs: prediction.outputs.map(withOrders),
  })),
})

/** The data of a stored output as the algorithm returned it. Pure. */
export const dataOf = ({ data, key_orders }: Output): Json => inKeyOrder(data, key_orders)
