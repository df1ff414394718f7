"""An order in the database: its row, records, events and number, and which orders lag behind."""
