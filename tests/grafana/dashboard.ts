import type { Dashboard, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** What JSON can hold of a type: an enum of strings is its strings. */
type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

/** The same, where Grafana fills in what is left out. */
type Some<T> = T extends readonly unknown[] ? Json<T> : T extends object ? { [K in keyof T]?: Some<T[K]> } : Json<T>;

interface Target {
  refId: string;
  expr: string;
  legendFormat: string;
}

interface Source {
  type: 'prometheus';
  uid: '${datasource}';
}

interface Fields<TCustom> extends Omit<FieldConfigSource, 'defaults'> {
  defaults: Omit<FieldConfigSource['defaults'], 'custom'> & { unit: string; custom?: Some<TCustom> };
}

interface Chart<TType extends string, TOptions, TCustom>
  extends Json<Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets' | 'datasource'>> {
  type: TType;
  title: string;
  description: string;
  datasource: Source;
  fieldConfig: Json<Fields<TCustom>>;
  options?: Some<TOptions>;
  targets: [Target, ...Target[]];
}

export interface AuthlyDashboard extends Json<Omit<Dashboard, 'panels' | 'schemaVersion'>> {
  schemaVersion: 42;
  panels: (
    | Json<RowPanel>
    | Chart<'timeseries', timeseries.Options, timeseries.FieldConfig>
    | Chart<'stat', stat.Options, Record<string, never>>
    | Chart<'bargauge', bargauge.Options, Record<string, never>>
  )[];
}
