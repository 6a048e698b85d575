import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command, type Outcome } from '../cli/command.js';
import { Authority } from './certificates.js';

const TOKEN = randomBytes(24).toString('base64url');
const authority = new Authority('Ours');
const client = authority.issue('client');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-secure-'));
  const service = authority.issue('service');
  const files = {
    'ca.pem': authority.certificate,
    'service.pem': service.certificate,
    'service-key.pem': service.key,
    'client.pem': client.certificate,
    'client-key.pem': client.key,
    'tokens.toml': `[[token]]\nname = "cli"\ntoken = "${TOKEN}"\n`,
    'words.txt': 'go forward',
    'pipeline.json': JSON.stringify({ version: 'v1', nodes: [{ id: 'in', node_type: 'PassThrough', params: {} }] }),
    'nothing.toml': '',
    'all.toml':
      '[tls]\ncertificate = "service.pem"\nkey = "service-key.pem"\nclient_ca = "ca.pem"\n[auth]\ntokens_file = "tokens.toml"\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Command {
  return new Command(args, folder, { REMOTEMEDIA_RUNTIME_DIR: join(folder, 'run'), ...env });
}

/** Uses a service that is started with these arguments, and tells how it ended. */
async function whileServing(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  use: (address: string) => Promise<void>,
): Promise<Outcome> {
  const serving = command(['serve', '--port', '0', '--log-level', 'debug', ...args], env);
  try {
    const line = await serving.line(/^listening on /);
    await use(line.slice('listening on '.length));
  } finally {
    serving.kill('SIGTERM');
  }
  return await serving.end();
}

const RUN = ['run', 'pipeline.json', '-i', 'in=words.txt'];
const WITH_TLS = ['--ca', 'ca.pem', '--certificate', 'client.pem', '--key', 'client-key.pem'];

describe('serve', () => {
  it('refuses to listen beyond loopback unguarded, and names the three ways out', async () => {
    const refused = command(['serve', '--port', '0', '--host', '0.0.0.0', '--config', 'nothing.toml']);
    const { exitCode, stdout, stderr } = await refused.end();
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Other machines could reach the service on 0.0.0.0');
    for (const way of ['[tls] certificate and key', '[auth] tokens_file', '--insecure']) expect(stderr).toContain(way);
  });

  it('listens all the same with --insecure, with a warning', async () => {
    const args = ['--host', '0.0.0.0', '--config', 'nothing.toml', '--insecure'];
    const { exitCode, stderr } = await whileServing(args, {}, async () => undefined);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('[WARN] Insecure, as --insecure says: Anybody who reaches 0.0.0.0 can run pipelines here');
  });

  it.each([
    ['tls.key', '[tls]\ncertificate = "service.pem"\n', '[tls] lacks tls.key'],
    ['its file', '[auth]\ntokens_file = "none.toml"\n', 'auth.tokens_file cannot be read: ENOENT'],
    ['its variable', '[auth]\ntokens_variable = "NO_SUCH_VARIABLE"\n', 'NO_SUCH_VARIABLE is empty, or there is none'],
  ])('does not start where %s is missing', async (_, toml, reason) => {
    await writeFile(join(folder, 'bad.toml'), toml);
    const { exitCode, stderr } = await command(['serve', '--port', '0', '--config', 'bad.toml']).end();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(reason);
  });
});

describe('the commands for a running service', () => {
  it('show their token and certificate', async () => {
    const { stderr } = await whileServing(['--config', 'all.toml'], {}, async (address) => {
      const env = { REMOTEMEDIA_TOKEN: TOKEN };
      expect(await command([...RUN, '--address', address, ...WITH_TLS], env).end()).toMatchObject({
        exitCode: 0,
        stdout: 'in: go forward\n',
      });
      const listed = await command(['nodes', 'list', '--address', address, ...WITH_TLS], env).end();
      expect(listed.stdout).toContain('PassThrough\n');
      const noToken = await command([...RUN, '--address', address, ...WITH_TLS]).end();
      expect(noToken.exitCode).not.toBe(0);
      expect(noToken.stderr).toContain('The call has no token, and this service needs one');
      const noCertificate = await command([...RUN, '--address', address, '--ca', 'ca.pem'], env).end();
      expect(noCertificate.exitCode).toBe(4);
    });
    expect(stderr).not.toContain(TOKEN);
    expect(stderr).toContain('[WARN] [auth.missing] Call of /remotemedia.v1.StreamingPipelineService/StreamPipeline');
  });

  it('find a service of this user without a token', async () => {
    await whileServing(['--config', 'all.toml'], {}, async (address) => {
      expect(await command(['ps']).end()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(address) });
    });
  });
});

describe('a run with a service of its own', () => {
  it('needs neither token nor certificate, whatever the settings say', async () => {
    const outcome = await command([...RUN, '--config', 'all.toml']).end();
    expect(outcome).toMatchObject({ exitCode: 0, stdout: 'in: go forward\n' });
  });
});

describe('node processes', () => {
  it('do not get the tokens of the service', async () => {
    const nodes = join(folder, 'nodes');
    await writeFile(
      join(folder, 'env.json'),
      JSON.stringify({ version: 'v1', nodes: [{ id: 'env', node_type: 'EnvNode', params: {} }] }),
    );
    await writeFile(
      join(folder, 'env.toml'),
      `[auth]\ntokens_variable = "SERVICE_TOKENS"\n[multiprocess.python]\nextra_paths = [${JSON.stringify(nodes)}]\n`,
    );
    const source = `
import os
from remotemedia import MultiprocessNode, RuntimeData, register_node


@register_node("EnvNode")
class EnvNode(MultiprocessNode):
    async def process(self, data):
        return RuntimeData.text(" ".join(sorted(os.environ)))
`;
    await rm(nodes, { recursive: true, force: true });
    await mkdir(nodes);
    await writeFile(join(nodes, 'env_node.py'), source);
    const env = { SERVICE_TOKENS: TOKEN, REMOTEMEDIA_TOKEN: TOKEN };
    await whileServing(['--config', 'env.toml'], env, async (address) => {
      const args = ['run', 'env.json', '-i', 'env=words.txt', '--address', address];
      const { stdout, exitCode, stderr } = await command(args, env).end();
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stdout).toContain('REMOTEMEDIA_PROCESS');
      expect(stdout).not.toMatch(/SERVICE_TOKENS|REMOTEMEDIA_TOKEN/);
    });
  });
});
