export type { ConfigSource } from './config-file.js';
export {
  type DataKinds,
  defineNode,
  type NodeContext,
  type NodeDefinition,
  type NodeInput,
  type NodeInstance,
  type NodeLog,
  type NodeOutput,
  type NodeOutputs,
  type NodeResult,
  type NodeSpec,
} from './nodes/node.js';
export { type NodeDescription, NodeRegistry } from './nodes/registry.js';
export { runNode, testContext } from './nodes/testing.js';
export { type ServiceEvent, ServiceEvents, type ServiceListener } from './observe/events.js';
export { LOG_LEVELS, type LogLevel, resolveLogLevel } from './observe/level.js';
export { createLogger, type LogFormat, Logger, silentLogger } from './observe/logger.js';
export { Metrics, type MetricsSnapshot } from './observe/metrics.js';
export type { PythonSetup } from './python-setup.js';
export { type CloseOptions, Service, type ServiceOptions, startService } from './service.js';
export { Catalog, type NodeType } from './session/catalog.js';
export { conversionText } from './session/connection-log.js';
export { gapText, type NodeGaps, remedyText } from './session/engine-gaps.js';
export type { Conversion } from './session/graph.js';
