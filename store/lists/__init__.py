"""Lists of orders: filters, facets, counters and pages, each served by an index."""
