"""`python -m ordermill`: the same as the `ordermill` command."""

from ordermill.cli import app

if __name__ == "__main__":
    app(prog_name="ordermill")
