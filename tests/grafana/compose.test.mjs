import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { DCLinter } from 'dclint';
import { parseDocument } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const read = path => readFileSync(join(root, path), 'utf8');

function parse(path) {
  const document = parseDocument(read(path), { merge: true, strict: true, uniqueKeys: true });
  assert.deepEqual([...document.errors, ...document.warnings].map(String), [], path);
  return document.toJS();
}

const yaml = ['grafana', 'prometheus'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true }).filter(name => /\.ya?ml$/.test(name)).map(name => join(folder, name)));

for (const path of yaml) {
  test(`${path} is YAML without doubles, tabs and loose ends`, () => {
    parse(path);
    for (const [index, line] of read(path).split('\n').entries()) assert.doesNotMatch(line, /\t|\s$/, `${path}:${index + 1}`);
  });
}

test('compose.yaml is what the Compose schema says', () => {
  // The order of keys is for people to choose.
  const order = [
    'service-keys-order', 'services-alphabetical-order', 'top-level-properties-order', 'service-dependencies-alphabetical-order',
  ];
  // Authly's image is built here: its name says which one it is.
  const rules = Object.fromEntries([...order, 'no-build-and-image'].map(rule => [rule, 0]));
  rules['require-quotes-in-ports'] = [1, { quoteType: 'double' }];
  const results = new DCLinter({ rules, quiet: false, debug: false, exclude: [] }).lintFiles([join(root, 'compose.yaml')], false);
  assert.deepEqual(results.flatMap(result => result.messages.map(message => `${message.line}: ${message.message}`)), []);
});

test('Each service can do little, holds little and comes back', () => {
  const { services } = parse('compose.yaml');
  for (const [name, service] of Object.entries(services)) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    assert.ok(service.mem_limit && service.restart && service.profiles?.length, name);
    assert.match(service.image, /:v?\d+\.\d+\.\d+(-\w+)?$|^postgres:\d+\.\d+-alpine$/, name);
    assert.ok(service.healthcheck || service.build, `${name}: no healthcheck`);
    for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, name);
  }
});

test('What names something else names something that is there', () => {
  const { services, secrets } = parse('compose.yaml');
  const profile = (name, own) => assert.ok(services[name]?.profiles.some(each => own.profiles.includes(each)), name);
  for (const service of Object.values(services)) {
    const needs = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {});
    for (const name of needs) {
      profile(name, service);
      if (service.depends_on[name]?.condition === 'service_healthy') assert.ok(services[name].healthcheck, name);
    }
  }

  for (const [name, { file }] of Object.entries(secrets)) assert.ok(read('deploy/make-secrets').includes(`> ${name}\n`), file);
  for (const job of parse('prometheus/prometheus.compose.yml').scrape_configs) {
    for (const target of job.static_configs.flatMap(config => config.targets)) {
      assert.ok(target === 'localhost:9090' || services[target.split(':')[0]], target);
    }
  }

  for (const [, upstreams] of read('deploy/Caddyfile').matchAll(/reverse_proxy (.*) \{/g)) {
    for (const upstream of upstreams.split(' ')) assert.ok(services[upstream.split(':')[0]], upstream);
  }
});

test('Grafana is provisioned with what compose mounts, and runs the version that the dashboards are checked against', () => {
  const { grafana, prometheus } = parse('compose.yaml').services;
  const [source] = parse('grafana/provisioning/datasources/prometheus.yml').datasources;
  assert.deepEqual([source.uid, source.type, source.url], ['prometheus', 'prometheus', 'http://prometheus:9090']);
  assert.ok(prometheus);
  const [provider] = parse('grafana/provisioning/dashboards/authly.yml').providers;
  assert.ok(grafana.volumes.includes(`./grafana/dashboards:${provider.options.path}:ro`));
  assert.equal(grafana.image, `grafana/grafana:${JSON.parse(read('tests/grafana/package.json')).devDependencies['@grafana/schema']}`);
});
