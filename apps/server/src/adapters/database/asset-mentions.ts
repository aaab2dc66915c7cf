import { sql, type AnyColumn, type SQL } from 'drizzle-orm'
import type { Json } from '@vitrine/contract'

/** Where JSON may name media: in the elements of an input, or in those of each demo input, also of a mapped operation. */
type Place = '$' | '$[*].input_data' | '$.examples[*].input_data'

/**
 * A condition: the JSON of a column names this asset, at any depth, because an element may be an object with several
 * inputs. The same rule as `assetIdsIn`, in SQL's language for JSON paths.
 */
export const mentionsAsset = (column: AnyColumn, assetId: string, place: Place = '$'): SQL =>
  sql`jsonb_path_exists(${column}, ${sql.raw(`'${place}.**.asset_id ? (@ == $id)'`)},
    jsonb_build_object('id', ${assetId}::text))`

/**
 * The media files that the JSON of a column names, at any depth and in its order. The same rule as `assetIdsIn`, except
 * that some values may not be valid ids. Nothing else of the column is read.
 */
export const namedAssets = (column: AnyColumn): SQL<Json[]> =>
  sql<Json[]>`jsonb_path_query_array(${column}, '$.**.asset_id')`

/** A condition: this id is in a list that an expression reads from JSON. With an index on the expression, no JSON is read for it. */
export const isNamedIn = (named: SQL<Json[]>, assetId: string): SQL =>
  sql`${named} @> ${JSON.stringify([assetId])}::jsonb`
