"""Build message classes out of descriptors, one in base64 on each line of standard input, and use one of them."""

import base64
import json
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

pool = descriptor_pool.DescriptorPool()
for line in sys.stdin:
    pool.Add(descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(line)))
node = pool.FindMessageTypeByName("remotemedia.v1.NodeManifest")
params = node.fields_by_name["params"].message_type
message = message_factory.GetMessageClass(node)()
json_format.ParseDict({"id": "tts", "params": {"voice": "sarah"}}, message)
packed = json_format.MessageToDict(type(message).FromString(message.SerializeToString()))
json.dump({"params": params.fields_by_name["value"].message_type.full_name, "packed": packed["params"]}, sys.stdout)
