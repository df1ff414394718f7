"""The only door to the orders: read, judge, send, wait, tell. The API, the command line and whoever comes next use it alike."""
