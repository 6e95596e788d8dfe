import type { Finding } from '@latchkey/core'
import path from 'node:path'
import { type Certificates, readAuthorities, readCertificates } from './certificates.ts'
import type { OutboundSettings } from '../configuration.ts'
import { tlsFiles } from './listen-rules.ts'
import type { Salvaged } from '../salvage.ts'

/** What the files that a configuration names for its connections hold. */
export interface ReadNetwork {
  readonly outbound: OutboundSettings
  /** Of the listener, when it speaks https and its files can be used. */
  readonly certificates?: Certificates
  readonly findings: readonly Finding[]
}

/** Reads the files for connections of a configuration; relative paths start at `folder`. */
export function readNetwork({ listen, outbound = {}, exam = {} }: Salvaged, folder: string): ReadNetwork {
  const certificates = listen?.tls === undefined ? undefined : readCertificates(tlsFiles(listen.tls, folder))
  const extraCa = outbound.extraCaFile === undefined ? undefined : readAuthorities(path.resolve(folder, outbound.extraCaFile), 'outbound.extraCaFile')
  return {
    outbound: { ...(typeof extraCa === 'string' ? { extraCa } : {}), dangerouslyAllowLoopback: exam.dangerouslyAllowLoopback ?? [] },
    ...(certificates !== undefined && 'cert' in certificates ? { certificates } : {}),
    findings: [...(certificates !== undefined && !('cert' in certificates) ? certificates : []), ...(typeof extraCa === 'object' ? [extraCa] : [])],
  }
}
