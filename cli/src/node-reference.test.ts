import { createLogger, startService } from '@remotemedia/server';
import { expect, test } from 'vitest';
import { renderNodeReference } from './node-reference.js';
import { type NodeTypeInfo, nodeTypesOf } from './node-types.js';

async function builtInNodes(): Promise<NodeTypeInfo[]> {
  const logger = createLogger({ level: 'silent', format: 'text' });
  const service = await startService({ port: 0, config: {}, logger });
  try {
    return await nodeTypesOf(service);
  } finally {
    await service.close();
  }
}

test('docs/reference/nodes.md is what the node types say about themselves', { timeout: 30_000 }, async () => {
  const nodes = await builtInNodes();
  await expect(renderNodeReference(nodes)).toMatchFileSnapshot('../../docs/reference/nodes.md');
  for (const { type, description, params } of nodes) {
    expect(description, `${type} says what it does`).toMatch(/^[A-Z].{20,}\./s);
    for (const [name, property] of Object.entries((params?.['properties'] ?? {}) as Record<string, object>))
      expect(property, `${type}.${name} says what it means`).toHaveProperty('description');
  }
});
