/** A time for the name of a file, in UTC: `20260301T080000`. */
export const fileTime = (time: Date): string => time.toISOString().replaceAll(/\.\d+Z$|[-:]/g, '')
