"""The picture in docs/architecture.md, as imports. import-linter holds the layers; these hold what it cannot say."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.architecture.house import ROOT, packages, texts


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom, lazy imports included."""
    return grimp.build_graph(*packages(), cache_dir=None)


def test_the_layers_of_the_house_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_payment_provider_knows_another(graph: grimp.ImportGraph) -> None:
    """A provider is one file beside base.py: adding or dropping one touches no other."""
    providers = {name for name in graph.modules if name.startswith("activities.providers.")} - {
        "activities.providers.base"
    }

    def family(module: str) -> str:
        """`stripe_amounts` is a part of `stripe`."""
        return module.rpartition(".")[2].partition("_")[0]

    crossings = [
        f"{name} imports {other}"
        for name in sorted(providers)
        for other in sorted(graph.find_modules_directly_imported_by(name))
        if (other in providers and family(other) != family(name)) or other == "activities.providers"
    ]
    assert crossings == [], "a provider imports only base.py of its neighbours"


def test_no_face_knows_another(graph: grimp.ImportGraph) -> None:
    """A face's words stop in its own folder: what two faces share lives in api/, not in one of them.

    The engine's own face is hanzo's style by contract (section 12): its error shape is hanzo's, once.
    """

    def face(module: str) -> str | None:
        parts = module.split(".")
        return parts[2] if parts[:2] == ["api", "faces"] and len(parts) > 2 else None

    crossings = [
        f"{name} imports {other}"
        for name in sorted(graph.modules)
        if face(name) is not None
        for other in sorted(graph.find_modules_directly_imported_by(name))
        if face(other) not in {None, face(name)} and (face(name), face(other)) != ("engine", "hanzo")
    ]
    assert crossings == []


def test_only_the_dev_server_module_spells_its_command() -> None:
    """Tests against other flags than the product's prove nothing; and one place holds the pragmas."""
    spelled = [name for name, text in texts(".py") if '"start' + '-dev"' in text or "start" + "_local(" in text]
    assert spelled == ["ordermill/launch/dev_server.py"]


def test_the_command_line_starts_without_any_layer() -> None:
    """`ordermill version` and a wrong setting answer at once; layers are imported inside commands."""
    layers = {"api", "door", "workflows", "activities", "store", "domain", "sqlalchemy", "temporalio", "fastapi"}
    told = "import sys, ordermill.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & layers == set()
