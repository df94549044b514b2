// The adapter that node-oidc-provider's documentation describes (example/my_adapter.js), on PostgreSQL.
import pg from 'pg';

const pool = new pg.Pool({ max: 25 });

export const prepare = () => pool.query(`create table if not exists oidc_payloads (
  id text not null, type text not null, payload jsonb not null, grant_id text, user_code text, uid text,
  expires_at timestamptz, consumed_at timestamptz,
  primary key (type, id));
  create index if not exists oidc_payloads_grant on oidc_payloads (grant_id) where grant_id is not null;
  create index if not exists oidc_payloads_uid on oidc_payloads (uid) where uid is not null;`);

export const adapterOn = () => class PostgresAdapter {
  constructor(name) {
    this.name = name;
  }

  async upsert(id, payload, expiresIn) {
    await pool.query({
      name: 'upsert',
      text: `insert into oidc_payloads (type, id, payload, grant_id, user_code, uid, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (type, id) do update set payload = $3, grant_id = $4, user_code = $5, uid = $6, expires_at = $7`,
      values: [
        this.name, id, payload, payload.grantId, payload.userCode, payload.uid,
        expiresIn ? new Date(Date.now() + expiresIn * 1000) : null,
      ],
    });
  }

  async #find(name, column, value) {
    const { rows: [row] } = await pool.query({
      name,
      text: `select payload, expires_at, consumed_at from oidc_payloads where type = $1 and ${column} = $2`,
      values: [this.name, value],
    });
    if (!row || (row.expires_at && row.expires_at < new Date())) return undefined;
    return { ...row.payload, ...(row.consumed_at && { consumed: true }) };
  }

  find = id => this.#find('find', 'id', id);

  findByUserCode = code => this.#find('find-user-code', 'user_code', code);

  findByUid = uid => this.#find('find-uid', 'uid', uid);

  async consume(id) {
    await pool.query({
      name: 'consume',
      text: 'update oidc_payloads set consumed_at = now() where type = $1 and id = $2',
      values: [this.name, id],
    });
  }

  async destroy(id) {
    await pool.query({ name: 'destroy', text: 'delete from oidc_payloads where type = $1 and id = $2', values: [this.name, id] });
  }

  async revokeByGrantId(grantId) {
    await pool.query({ name: 'revoke', text: 'delete from oidc_payloads where grant_id = $1', values: [grantId] });
  }
};
