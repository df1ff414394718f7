"""For clients of servers on loopback."""

import ssl
from typing import Final

NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""`verify` of a client that speaks plain HTTP: else each reads every authority's certificate, 30 ms of CPU."""
