/** The store or another port did not answer, or did not let us win in time. Nothing was handed out. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** The answer of a port; its fault becomes {@link StoreUnavailable}. */
export async function reached<T>(ask: () => Promise<T> | T): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new StoreUnavailable('the store did not answer', { cause })
  }
}
