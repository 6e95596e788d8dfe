export { defineConfig } from './config/define-config.ts'
export type { ConfigurationFile } from './config/schema.ts'
