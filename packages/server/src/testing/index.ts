export { memoryStore } from './memory-store.ts'
export { storeContract, type ContractCase, type OpenStore, type StoreContractOptions } from './store-contract.ts'
