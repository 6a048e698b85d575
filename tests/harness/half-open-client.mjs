/** A client that opens a stream on the service it is told of, says so, and then stands still when it is stopped. */
import { connect } from 'node:http2';

const [address, init] = process.argv.slice(2);
const session = connect(`http://${address}`);
const stream = session.request({
  ':method': 'POST',
  ':path': '/remotemedia.v1.StreamingPipelineService/StreamPipeline',
  'content-type': 'application/grpc',
  te: 'trailers',
});
const message = Buffer.from(init, 'base64');
const frame = Buffer.alloc(5 + message.length);
frame.writeUInt32BE(message.length, 1);
message.copy(frame, 5);
stream.write(frame);
stream.on('data', () => process.stdout.write('data\n'));
