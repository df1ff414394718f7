"""What a user installs: each package holds its licence, its README and its types, and nothing of ours that is not for them."""

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import ordermill_client as sdk
import pytest

from tests.clients.running import ROOT

CLIENTS = ROOT / "clients"


def test_one_version_in_every_client() -> None:
    package = json.loads((CLIENTS / "js/package.json").read_text())["version"]
    project = tomllib.loads((CLIENTS / "python/pyproject.toml").read_text())["project"]["version"]
    assert {package, project} == {sdk.VERSION}
    assert f"VERSION = '{package}'" in (CLIENTS / "js/src/version.js").read_text()
    assert f'Version = "{package}"' in (CLIENTS / "go/client.go").read_text()


@pytest.mark.parametrize("client", ["js", "go", "python"])
def test_each_holds_the_licence_and_says_what_it_is(client: str) -> None:
    assert (CLIENTS / client / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert "ordermill listen" in (CLIENTS / client / "README.md").read_text()


def test_the_javascript_package_is_packed_whole(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: what would be packed is not looked at")
    command = ["npm", "pack", "--json", "--dry-run", "--offline"]
    done = subprocess.run(command, cwd=CLIENTS / "js", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    packed = {file["path"] for file in (told[0] if isinstance(told, list) else next(iter(told.values())))["files"]}
    sources = {f"src/{path.name}" for path in (CLIENTS / "js/src").iterdir()}
    assert packed == sources | {"LICENSE", "README.md", "index.d.ts", "openapi.d.ts", "package.json", "resources.d.ts"}


def test_the_python_wheel_is_built_whole_and_works_by_itself(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(CLIENTS / "python", source, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    command = [
        str(Path(sys.executable).with_name("uv")),
        "build",
        "--wheel",
        "--offline",
        "--out-dir",
        str(tmp_path),
        ".",
    ]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    [built] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
        wheel.extractall(tmp_path / "installed")
    modules = {f"ordermill_client/{path.name}" for path in (CLIENTS / "python/ordermill_client").glob("*.py")}
    assert modules | {"ordermill_client/py.typed"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    check = "import ordermill_client as sdk; print(sdk.Commerce('key').base_url, sdk.__file__)"
    used = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r}); {check}"],
        capture_output=True, text=True, timeout=60, check=True, env={},
    )  # fmt: skip
    assert used.stdout.startswith("http://127.0.0.1:8000 ")
    assert str(tmp_path) in used.stdout
