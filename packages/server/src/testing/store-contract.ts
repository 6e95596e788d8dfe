import type { Store } from '../ports/store.ts'
import type { StoreCase } from './store-contract/case.ts'
import { durabilityCases } from './store-contract/durability.ts'
import { racingCases } from './store-contract/racing.ts'
import { readingCases } from './store-contract/reading.ts'
import { roundTripCases } from './store-contract/round-trip.ts'
import { sweepingCases } from './store-contract/sweeping.ts'
import { writingCases } from './store-contract/writing.ts'

/** One test of the contract: rejects with an error that says what the store answered and what it must answer. */
export interface ContractCase {
  readonly name: string
  run(): Promise<void>
}

export interface StoreContractOptions {
  /** Whether opening the same place again shows what was committed there, also while another store has it open. */
  readonly durable?: boolean
}

/** Opens an empty store at a place no case has named before, or opens that place again. The place is a word of `a`–`z`, `0`–`9` and `_`. */
export type OpenStore = (place: string) => Store | Promise<Store>

/**
 * What every {@link Store} must do, as tests for any runner: `for (const { name, run } of storeContract(open)) it(name, run)`.
 * Each case opens stores of its own and closes them.
 */
export function storeContract(open: OpenStore, { durable = false }: StoreContractOptions = {}): readonly ContractCase[] {
  const cases = [...readingCases, ...writingCases, ...racingCases, ...roundTripCases, ...sweepingCases, ...(durable ? durabilityCases : [])]
  return cases.map((each, index) => ({ name: each.name, run: () => runAt(`place_${index}`, each, open) }))
}

async function runAt(place: string, { run }: StoreCase, open: OpenStore): Promise<void> {
  const opened: Store[] = []
  const openAnother = async () => {
    const store = await open(place)
    opened.push(store)
    return store
  }
  try {
    await run(await openAnother(), openAnother)
  } finally {
    for (const store of opened) await store.close()
  }
}
