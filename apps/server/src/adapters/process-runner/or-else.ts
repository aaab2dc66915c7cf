/**
 * Returns a function that resolves with the result of work. An error is reported and gives `otherwise` instead. For
 * work on the way to something that must happen in any case, such as the next start of a process.
 */
export const reportOrElse =
  (onError: (error: unknown) => void) =>
  async <T>(otherwise: T, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      onError(error)
      return otherwise
    }
  }
