/** Forgets sign-ins that left and never came back, so that only the latest are kept. */
export function forgetOldest(keys: readonly string[], most: number): void {
  const leftAt = (key: string): number => {
    try {
      return Number(JSON.parse(localStorage.getItem(key) ?? '').pending.createdAt)
    } catch {
      return 0
    }
  }
  for (const key of [...keys].sort((one, other) => leftAt(other) - leftAt(one)).slice(most)) localStorage.removeItem(key)
}
