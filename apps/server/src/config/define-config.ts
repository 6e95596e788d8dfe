import type { ConfigurationFile } from './schema.ts'

/** The configuration as given, with the types that let an editor help: `export default defineConfig({ issuer: … })`. */
export function defineConfig(configuration: ConfigurationFile): ConfigurationFile {
  return configuration
}
