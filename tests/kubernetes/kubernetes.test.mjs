import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { generate, path as rulesPath } from './rules.mjs';

const here = import.meta.dirname;
const root = resolve(here, '../../deploy/kubernetes');

/** All objects that a kustomization comes to, with the file that each is in; config maps that it makes of files, too. */
function objectsOf(folder) {
  const file = join(folder, 'kustomization.yaml');
  const kustomization = parseAllDocuments(readFileSync(file, 'utf8'))[0].toJS();
  const paths = (kustomization.resources ?? []).map(name => join(folder, name));
  const resources = paths.flatMap(path => existsSync(join(path, 'kustomization.yaml'))
    ? objectsOf(path)
    : parseAllDocuments(readFileSync(path, 'utf8'), { strict: true, uniqueKeys: true }).map(document => {
      assert.deepEqual([...document.errors, ...document.warnings].map(String), [], path);
      return { path, object: document.toJS() };
    }));
  const made = (kustomization.configMapGenerator ?? []).map(({ name, files }) => ({
    path: file,
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: kustomization.generatorOptions?.labels },
      data: Object.fromEntries(files.map(each => [basename(each), readFileSync(join(folder, each), 'utf8')])),
    },
  }));
  return [...resources, ...made];
}

const objects = objectsOf(root);
const one = (kind, name) => objects.find(({ object }) => object.kind === kind && object.metadata.name === name).object;

test('Every file is part of what is applied', () => {
  const used = new Set(objects.map(({ path }) => path));
  for (const name of readdirSync(root, { recursive: true }).filter(each => each.endsWith('.yaml') && !each.endsWith('kustomization.yaml')))
    assert.ok(used.has(join(root, name)), name);
});

test('Each object is what the schema of its kind says, and holds nothing that the schema does not know', () => {
  const work = join(here, 'node_modules', '.objects');
  mkdirSync(work, { recursive: true });
  const lines = objects.map(({ path, object }, index) => {
    const module = object.apiVersion.startsWith('monitoring.coreos.com/')
      ? `@kubernetes-models/prometheus-operator/${object.apiVersion}` : `kubernetes-models/${object.apiVersion}`;
    return `// ${relative(root, path)}\nimport type { I${object.kind} as T${index} } from '${module}/${object.kind}';\n`
      + `export const object${index}: T${index} = ${JSON.stringify(object)};\n`;
  });
  const source = join(work, 'objects.ts');
  writeFileSync(source, lines.join('\n'));
  const options = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--types', '', '--target', 'es2022', '--module', 'nodenext'];
  try {
    execFileSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), ...options, source], { cwd: work, encoding: 'utf8' });
  } catch (error) {
    assert.fail(error.stdout || error.message);
  }
});

test('Names lead to what there is: selectors, ports, config maps, volumes', () => {
  const labels = one('Deployment', 'authly').spec.template.metadata.labels;
  for (const selector of [one('Deployment', 'authly').spec.selector.matchLabels, one('Service', 'authly').spec.selector,
    one('PodDisruptionBudget', 'authly').spec.selector.matchLabels])
    for (const [name, value] of Object.entries(selector)) assert.equal(labels[name], value);
  const service = one('Service', 'authly');
  for (const [name, value] of Object.entries(one('ServiceMonitor', 'authly').spec.selector.matchLabels))
    assert.equal(service.metadata.labels[name], value);
  const ports = new Set(one('Deployment', 'authly').spec.template.spec.containers[0].ports.map(port => port.name));
  for (const port of service.spec.ports) assert.ok(ports.has(port.targetPort), port.targetPort);
  assert.ok(service.spec.ports.some(port => port.name === one('ServiceMonitor', 'authly').spec.endpoints[0].port));
  for (const { spec } of [one('Deployment', 'authly').spec.template, one('Job', 'authly-migrate').spec.template]) {
    for (const container of spec.containers) {
      for (const { configMapRef } of container.envFrom) one('ConfigMap', configMapRef.name);
      for (const mount of container.volumeMounts) assert.ok(spec.volumes.some(volume => volume.name === mount.name), mount.name);
      assert.deepEqual(container.securityContext,
        { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    }
  }
});

test('The Prometheus rules are those that are tested, and the dashboards all that there are', () => {
  assert.equal(readFileSync(rulesPath, 'utf8'), generate(), 'node tests/kubernetes/rules.mjs writes them anew');
  const dashboards = readdirSync(resolve(here, '../../grafana/dashboards'));
  assert.deepEqual(Object.keys(one('ConfigMap', 'authly-dashboards').data).sort(), dashboards.sort());
});

const kubectl = (() => {
  try {
    return JSON.parse(execFileSync('kubectl', ['version', '--client', '--output', 'json'], { encoding: 'utf8' })).kustomizeVersion;
  } catch {
    return null;
  }
})();

test('kubectl makes the same objects of it', { skip: kubectl ? false : 'kubectl is not installed' }, () => {
  const made = parseAllDocuments(execFileSync('kubectl', ['kustomize', root], { encoding: 'utf8' })).map(document => document.toJS());
  const names = list => list.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
  assert.deepEqual(names(made), names(objects.map(({ object }) => object)));
});
