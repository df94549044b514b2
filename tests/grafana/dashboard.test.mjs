import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const here = import.meta.dirname;
const folder = resolve(here, '../../grafana/dashboards');

test('Every dashboard has a uid of its own', () => {
  const uids = readdirSync(folder).map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')).uid);
  for (const uid of ['authly-adoption', 'authly-overview']) assert.ok(uids.includes(uid), uid);
  assert.equal(new Set(uids).size, uids.length);
});

for (const name of readdirSync(folder)) {
  const text = readFileSync(join(folder, name), 'utf8');
  const dashboard = JSON.parse(text);
  const rows = dashboard.panels.filter(panel => panel.type === 'row');
  const panels = dashboard.panels.filter(panel => panel.type !== 'row');
  const targets = panels.flatMap(panel => (panel.targets ?? []).map(target => ({ panel: panel.title, ...target })));

  test(`${name} is what Grafana's schema says a dashboard is`, () => {
    // In node_modules, so that the packages are found and the work tree stays clean.
    const work = join(here, 'node_modules', '.dashboards');
    mkdirSync(work, { recursive: true });
    const source = join(work, name.replace(/json$/, 'ts'));
    const typed = `import type { AuthlyDashboard } from '../../dashboard.js';\n\nexport const dashboard: AuthlyDashboard = ${text};\n`;
    writeFileSync(source, typed);
    const options = [
      '--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--types', '', '--target', 'es2022', '--module', 'nodenext',
    ];
    try {
      execFileSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), ...options, source], { cwd: work, encoding: 'utf8' });
    } catch (error) {
      assert.fail(error.stdout || error.message);
    }
  });

  test(`${name} can be told apart and read`, () => {
    assert.match(dashboard.uid, /^[a-z0-9-]{1,40}$/);
    assert.equal(dashboard.schemaVersion, 42);
    assert.equal(new Set(dashboard.panels.map(panel => panel.id)).size, dashboard.panels.length, 'two panels have one id');
    assert.equal(new Set(panels.map(panel => panel.title)).size, panels.length, 'two panels have one title');
    for (const row of rows) assert.ok(row.title && row.collapsed === false && row.panels.length === 0, row.title);
    for (const panel of panels) {
      assert.match(panel.title ?? '', /\S/, `panel ${panel.id} has no title`);
      assert.match(panel.description ?? '', /^[A-Z0-9].+\.$/, `${panel.title}: no description`);
      assert.doesNotMatch(panel.description, /[.!?] /, `${panel.title}: more than one sentence`);
      assert.deepEqual(panel.datasource, { type: 'prometheus', uid: '${datasource}' }, panel.title);
      assert.ok(panel.fieldConfig.defaults.unit, `${panel.title}: no unit`);
      assert.ok(panel.targets?.length > 0, `${panel.title}: no target`);
      assert.equal(new Set(panel.targets.map(target => target.refId)).size, panel.targets.length, panel.title);
      const steps = panel.fieldConfig.defaults.thresholds?.steps ?? [];
      const rises = (step, index) => (index === 0 ? step.value === null : step.value > (steps[index - 1].value ?? -Infinity));
      assert.ok(steps.every(rises), `${panel.title}: thresholds out of order`);
    }
  });

  test(`${name} lays nothing over anything else`, () => {
    const taken = new Map();
    for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
      assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24, `${title} is outside the grid`);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          assert.equal(taken.get(`${column},${line}`), undefined, `${title} lies over another panel`);
          taken.set(`${column},${line}`, title);
        }
      }
    }
  });

  test(`${name} asks for what was chosen at the top, and for nothing that means nothing`, () => {
    const variables = dashboard.templating.list.map(variable => variable.name);
    for (const { panel, expr, legendFormat } of targets) {
      const where = `${panel}: ${expr}`;
      assert.ok(expr && legendFormat, where);
      const known = ['__rate_interval', '__range', ...variables];
      for (const [, variable] of expr.matchAll(/\$(\w+)/g)) assert.ok(known.includes(variable), where);
      for (const [, metric, matchers] of expr.matchAll(/([a-zA-Z_:][\w:]*)?\{([^}]*)\}/g)) {
        assert.match(matchers, /job="\$job"/, where);
        // A recorded name with a colon is of the job, whatever instances it has.
        if (!metric?.includes(':')) assert.match(matchers, /instance=~"\$instance"/, where);
      }
      // Gauges that .NET 10 declares as counters.
      assert.doesNotMatch(expr, /(rate|increase|delta|deriv)\(\s*dotnet_thread_pool/, where);
      for (const [, window] of expr.matchAll(/\brate\([\w:]*\{[^}]*\}\[([^\]]*)\]/g)) assert.equal(window, '$__rate_interval', where);
      for (const [, metric] of expr.matchAll(/\b(?:rate|increase)\(([a-zA-Z_:][\w:]*)/g)) {
        assert.match(metric, /_(total|bucket|sum|count)$/, where);
      }
    }
  });
}
