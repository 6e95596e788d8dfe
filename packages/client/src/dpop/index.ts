export { createDpop, createDpopKey, dpopProof, dpopThumbprint, type Dpop, type DpopKey, type DpopOptions, type ProvenAnswer, type ProvenRequest } from '../dpop.ts'
