"""A backup on disk: its manifest, copies of SQLite files, dumps of PostgreSQL. The commands are in ordermill/commands/."""
