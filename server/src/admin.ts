/** What asks running services, for commands that need no service of their own. */
export { fetchStatus, type StatusAnswer } from './admin/admin-client.js';
export { type Cleaned, cleanUp } from './admin/clean.js';
export { findLeftovers, type Leftover } from './admin/leftovers.js';
export type { Orphan } from './admin/marked-processes.js';
export { findOwnerless, type Ownerless, type OwnerlessCleaned, removeOwnerless } from './admin/ownerless.js';
export { instanceIds, RUNTIME_DIRECTORY_VARIABLE, runtimeDirectory } from './admin/runtime-directory.js';
