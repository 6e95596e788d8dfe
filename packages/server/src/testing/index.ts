export { memoryStore } from './memory-store.ts'
export { storeContract, type ContractCase, type OpenStore, type StoreContractOptions } from './store-contract.ts'
export { startTestIssuer, type TestIssuer, type TestIssuerOptions, type TestTokenRequest, type TestUser } from './test-issuer.ts'
