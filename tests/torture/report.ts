/** Tells how far a run has come. */
export type Told = (line: string) => void
