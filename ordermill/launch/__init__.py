"""`ordermill up`: Temporal, worker and API as children of one process."""
