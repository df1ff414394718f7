"""`python -m clients.generate [--check]`: write the clients' types and calls, or say which files are not what they would be.

The JavaScript types are openapi-typescript's, run through npx; all else is made here. Whether those types are up to date is known
without node: the file names the digest of the document it was made of, and of itself.
"""

import sys

from clients.generate.writing import check, write

if __name__ == "__main__":
    stale = check() if "--check" in sys.argv[1:] else write()
    for path in stale:
        sys.stdout.write(f"{path}\n")
    if stale and "--check" in sys.argv[1:]:
        sys.exit("these are not what `python -m clients.generate` makes of the engine's OpenAPI: run it")
