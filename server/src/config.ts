/** Settings of a service, for whoever wants to see them without starting one. */
export { type ConfigSource, type LoadedConfig, loadConfig } from './config-file.js';
