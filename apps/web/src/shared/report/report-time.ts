/** A time as reports say it. */
export const reportTime = (at: string | Date, locale: string): string =>
  new Date(at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium' })
