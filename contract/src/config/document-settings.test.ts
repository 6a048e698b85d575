import { expect, test } from 'vitest';
import { renderConfigReference, renderRuntimeTomlExample } from './document-settings.js';
import { explainConfig } from './explain-config.js';
import { resolveConfig } from './resolve-config.js';
import { parseRuntimeToml } from './runtime-toml.js';

// `npx vitest run contract/src/config/document-settings.test.ts -u` writes both files anew.
test('docs/reference/config.md is what the settings say about themselves', async () => {
  await expect(renderConfigReference()).toMatchFileSnapshot('../../../docs/reference/config.md');
});

test('runtime.toml.example is what the settings say about themselves', async () => {
  await expect(renderRuntimeTomlExample()).toMatchFileSnapshot('../../../runtime.toml.example');
});

test('runtime.toml.example changes nothing as it is', () => {
  expect(parseRuntimeToml(renderRuntimeTomlExample())).toMatchObject({ multiprocess: { python: {} }, limits: {} });
  const { values } = resolveConfig({ toml: parseRuntimeToml(renderRuntimeTomlExample()) });
  expect(values).toEqual(resolveConfig({}).values);
});

test('runtime.toml.example with every "#" taken away sets every key to its default', () => {
  const settings = renderRuntimeTomlExample().replaceAll(/^# (?=\[|[a-z_]+ = )/gm, '');
  const explained = explainConfig(resolveConfig({ toml: parseRuntimeToml(settings) }));
  expect(new Set(explained.map(({ layer }) => layer))).toEqual(new Set(['runtime.toml']));
  const defaults = explainConfig(resolveConfig({}));
  const ofNodes = explained.filter(({ name }) => name.startsWith('multiprocess.nodes.'));
  expect(ofNodes.map(({ name }) => name.split('.').at(-1))).toEqual(['python_executable', 'venv_path', 'requirements']);
  const examples = [...defaults.filter(({ value }) => value === null), ...ofNodes].map(({ name }) => name);
  for (const { name, value } of explained.filter((each) => !examples.includes(each.name))) {
    expect({ name, value }).toEqual({ name, value: defaults.find((each) => each.name === name)?.value });
  }
});
