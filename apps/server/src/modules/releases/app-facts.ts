/** What a server of a package's own offers, found by asking it. */
export type AppFacts = {
  /** Its page at `/`; null if it has none. `framed`: it lets other pages show it. */
  page: { framed: boolean } | null
  /** Whether `POST /predict` answers as the algorithm contract says. */
  predicts: boolean
  /** The path of its OpenAPI document; null if none was found. */
  openapi: string | null
  /** Whether its code has routes besides that of its page; undefined if nobody needs to know, or nobody has looked. */
  hasRoutes?: boolean
}
