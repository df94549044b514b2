// Debian's Prometheus, whose oauth2 block gets a token by client credentials before it scrapes.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folder, freePort, listen, run, startWith } from './harness.mjs';

describe('Prometheus', () => {
  let authly, exporter, port, prometheus;
  before(async () => {
    authly = await startWith({
      scopes: [{ name: 'metrics', description: 'Read metrics', resources: ['https://exporter.example'] }],
      clients: [
        { client_id: 'prometheus', client_secret: 'prometheus-secret', grant_types: ['client_credentials'], scope: 'metrics' },
        { client_id: 'exporter', client_secret: 'exporter-secret', grant_types: [], resources: ['https://exporter.example'] },
      ],
    });
    exporter = await listen(async (request, response) => {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const { active, scope } = await fetch(`${authly.issuer}/oauth/introspect`, {
        method: 'POST', body: new URLSearchParams({ token, client_id: 'exporter', client_secret: 'exporter-secret' }),
      }).then(answer => answer.json());
      if (!active || scope !== 'metrics') return response.writeHead(401).end();
      return response.setHeader('Content-Type', 'text/plain').end('guarded 7\n');
    });
    port = await freePort();
    prometheus = await startPrometheus();
  });
  after(async () => {
    await prometheus?.stop();
    exporter?.close();
    await authly?.stop();
  });

  function startPrometheus() {
    const path = folder();
    writeFileSync(join(path, 'prometheus.yml'), JSON.stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [{
        job_name: 'guarded', static_configs: [{ targets: [new URL(exporter.url).host] }],
        oauth2: {
          client_id: 'prometheus', client_secret: 'prometheus-secret', token_url: `${authly.issuer}/oauth/token`, scopes: ['metrics'],
        },
      }],
    }));
    return run('prometheus', [`--config.file=${path}/prometheus.yml`, `--storage.tsdb.path=${path}/data`,
      `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], port);
  }

  test('It scrapes what only a token opens', async () => {
    let value;
    for (let attempt = 0; attempt < 100 && !value; attempt++) {
      await sleep(100);
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=guarded`).then(found => found.json());
      value = answer.data?.result[0]?.value[1];
    }
    assert.equal(value, '7');
  });
});
