import type { Json } from '@vitrine/contract'
import { readData } from '../../shared/viewers/read-data.ts'

/** Data in the form of a schema of the contract; null where it is not. */
export const dataIn = <Data>(schema: Parameters<typeof readData<Data>>[0], data: Json): Data | null => {
  const read = readData(schema, data)
  return read.ok ? read.data : null
}
