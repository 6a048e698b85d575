/** A manifest of nodes in a chain. */
export function chain(
  nodes: readonly { readonly id: string; readonly node_type: string; readonly params?: object }[],
): object {
  const connections = nodes.slice(1).map(({ id: to }, index) => ({ from: nodes[index]?.id, to }));
  return { version: 'v1', metadata: { name: 'promise' }, nodes, connections };
}
