import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { decodeRequest, encodeMessage, isCompatibleClient, PROTOCOL_VERSION, wire } from '@remotemedia/contract';
import { callLogger } from './call-log.js';
import { describeCompatibility } from './client-version.js';
import type { CallContext } from './context.js';
import { toBuffer } from './method.js';
import { toStatus, typed } from './status.js';

/** Says what this service is, and whether a client fits it. */
export function getVersion(context: CallContext) {
  return (call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>): void => {
    try {
      const { clientVersion } = decodeRequest(wire.VersionRequest, call.request);
      const answer = encodeMessage(wire.VersionResponse, {
        versionInfo: {
          protocolVersion: PROTOCOL_VERSION,
          runtimeVersion: context.version.runtime,
          supportedNodeTypes: context.pipelines.catalog.names(),
          supportedProtocols: [PROTOCOL_VERSION],
          buildTimestamp: context.version.builtAt,
        },
        compatible: isCompatibleClient(clientVersion),
        compatibilityMessage: describeCompatibility(clientVersion),
      });
      respond(null, toBuffer(answer));
    } catch (error) {
      respond(toStatus(typed(error, callLogger(context.log, call.metadata))));
    }
  };
}
