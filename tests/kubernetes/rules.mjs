// Writes deploy/kubernetes/monitoring/prometheus-rules.yaml from the rules that Prometheus has: node rules.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, stringify } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
export const path = resolve(root, 'deploy/kubernetes/monitoring/prometheus-rules.yaml');

export function generate() {
  const groups = ['recording', 'alerts'].flatMap(name => parse(readFileSync(resolve(root, `prometheus/rules/${name}.yml`), 'utf8')).groups);
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'authly', labels: { 'app.kubernetes.io/name': 'authly' } },
    spec: { groups },
  };
  return '# Generated from prometheus/rules by tests/kubernetes/rules.mjs.\n' + stringify(rule, { lineWidth: 140 });
}

if (process.argv[1] === import.meta.filename) writeFileSync(path, generate());
