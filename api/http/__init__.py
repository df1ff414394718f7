"""The HTTP pipeline every face shares: who calls, how often, what was asked, and how it is answered."""
