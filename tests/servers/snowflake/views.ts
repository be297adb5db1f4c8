/**
 * What a DuckDB needs to look like a Snowflake to our connector: the views of INFORMATION_SCHEMA, the list of primary
 * keys, and functions that DuckDB calls otherwise.
 * @param database the database's name
 */
export function snowflakeViews(database: string): string {
  const own = `database_name = '${database.replaceAll("'", "''")}' and schema_name <> 'snowflake_views' and not internal`;
  return `
    create schema snowflake_views;
    create type TIMESTAMP_NTZ as timestamp;
    create type TIMESTAMP_LTZ as timestamptz;
    create type TIMESTAMP_TZ as timestamptz;
    create macro hex_encode(bytes) as hex(bytes);
    create macro to_varchar(value, format) as value::varchar;
    create view snowflake_views.tables as
      select schema_name as TABLE_SCHEMA, table_name as TABLE_NAME, 'BASE TABLE' as TABLE_TYPE,
        estimated_size as ROW_COUNT, estimated_size * 100 as BYTES from duckdb_tables() where ${own}
      union all
      select schema_name, view_name, 'VIEW', null, null from duckdb_views() where ${own};
    create view snowflake_views.columns as
      select schema_name as TABLE_SCHEMA, table_name as TABLE_NAME, column_name as COLUMN_NAME,
        column_index as ORDINAL_POSITION, if(is_nullable, 'YES', 'NO') as IS_NULLABLE,
        case
          when data_type like 'DECIMAL%' then 'NUMBER'
          when data_type in ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT') then 'NUMBER'
          when data_type = 'DOUBLE' then 'FLOAT'
          when data_type = 'VARCHAR' then 'TEXT'
          when data_type = 'TIMESTAMP' then 'TIMESTAMP_NTZ'
          when data_type = 'TIMESTAMP WITH TIME ZONE' then 'TIMESTAMP_TZ'
          when data_type = 'BLOB' then 'BINARY'
          when data_type = 'JSON' then 'VARIANT'
          else data_type end as DATA_TYPE,
        case when data_type like 'DECIMAL%' then numeric_precision
          when data_type in ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT') then 38 end as NUMERIC_PRECISION,
        case when data_type like 'DECIMAL%' then numeric_scale
          when data_type in ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT') then 0 end as NUMERIC_SCALE,
        case when data_type like 'TIME%' then 9 end as DATETIME_PRECISION
      from duckdb_columns() where ${own};
    create view snowflake_views.primary_keys as
      select '' as created_on, database_name, schema_name, table_name, unnest(constraint_column_names) as column_name,
        generate_subscripts(constraint_column_names, 1) as key_sequence, constraint_name
      from duckdb_constraints() where constraint_type = 'PRIMARY KEY' and database_name = '${database.replaceAll("'", "''")}'`;
}
