import { describe, it } from 'vitest'
import { memoryStore } from './memory-store.ts'
import { storeContract } from './store-contract.ts'

describe('the memory store keeps the contract', () => {
  for (const { name, run } of storeContract(memoryStore)) it(name, run)
})
