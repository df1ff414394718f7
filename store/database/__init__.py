"""The databases: engines and transactions, migrations, clocks."""
