"""What this machine remembers: SQLite and Avro files."""
