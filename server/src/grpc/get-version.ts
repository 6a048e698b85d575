import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage, wire } from '@remotemedia/contract';
import { isCompatible, PROTOCOL_VERSION } from './client-version.js';
import type { CallContext } from './context.js';
import { toBuffer } from './method.js';
import { toStatus, typed } from './status.js';

/** Says what this service is, and whether a client fits it. */
export function getVersion(context: CallContext) {
  return (call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>): void => {
    try {
      const { clientVersion } = decodeMessage(wire.VersionRequest, call.request);
      const compatible = isCompatible(clientVersion);
      const answer = encodeMessage(wire.VersionResponse, {
        versionInfo: {
          protocolVersion: PROTOCOL_VERSION,
          runtimeVersion: context.version.runtime,
          supportedNodeTypes: context.pipelines.catalog.names(),
          supportedProtocols: [PROTOCOL_VERSION],
          buildTimestamp: context.version.builtAt,
        },
        compatible,
        compatibilityMessage: compatible
          ? `Compatible with protocol ${PROTOCOL_VERSION}`
          : `client_version '${clientVersion}' is not compatible with protocol ${PROTOCOL_VERSION}`,
      });
      respond(null, toBuffer(answer));
    } catch (error) {
      respond(toStatus(typed(error, context.log)));
    }
  };
}
