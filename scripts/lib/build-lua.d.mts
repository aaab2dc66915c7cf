export function buildLua(folder: string, outfile: string): Promise<void>
