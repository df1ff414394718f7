"""What deploy/k8s promises an operator: overlays that build, manifests that are valid, pods that may nothing they need not.

kustomize builds where it is had, by itself or in kubectl; what every file refers to is looked at without it too.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final, Literal

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from ordermill.process.config import load
from ordermill.process.metrics import Metrics
from ordermill.settings import Settings
from tests.architecture.house import ROOT
from worker import webhooks_queue

K8S: Final = ROOT / "deploy/k8s"
OVERLAYS: Final = sorted(path.name for path in (K8S / "overlays").iterdir() if path.is_dir())
VERSION: Final = "1.34"
"""The oldest Kubernetes the manifests are written for: `preStop.sleep` is for everybody from there on."""
OF_OTHERS: Final = frozenset({"ScaledObject", "TriggerAuthentication"})
"""KEDA's kinds, whose schemas kubernetes-validate does not have."""
OUTSIDE: Final = frozenset(
    {
        "TEMPORAL_TLS", "TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_KEY_PATH", "TEMPORAL_API_KEY",
        "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE",
    }
)  # fmt: skip
"""Variables of others that the engine hands on or reads under their names."""
Manifest = dict[str, Any]


def builder() -> list[str] | None:
    if found := shutil.which("kustomize"):
        return [found, "build"]
    if found := shutil.which("kubectl"):
        return [found, "kustomize"]
    return None


@pytest.fixture(scope="module", params=OVERLAYS)
def built(request: pytest.FixtureRequest) -> list[Manifest]:
    line = builder()
    if line is None:
        pytest.skip("neither kustomize nor kubectl is here")
    path = K8S / "overlays" / request.param
    done = subprocess.run([*line, path], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return [found for found in yaml.safe_load_all(done.stdout) if found]


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    return {found["metadata"]["name"]: found for found in manifests if found["kind"] == kind}


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for found in manifests:
        if found["kind"] in ("Deployment", "Job"):
            yield found["metadata"]["name"], found["spec"]["template"]


def test_every_manifest_is_valid(built: list[Manifest]) -> None:
    for found in built:
        if found["kind"] not in OF_OTHERS:
            kubernetes_validate.validate(found, VERSION, strict=True)


def test_an_overlay_holds_what_a_shop_needs(built: list[Manifest]) -> None:
    kinds = {found["kind"] for found in built}
    assert kinds >= {
        "Deployment",
        "Job",
        "Service",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "ScaledObject",
    }
    assert {found["metadata"].get("namespace") for found in built} == {"ordermill"}


def test_no_pod_is_root_or_writes_to_its_image_or_asks_kubernetes_anything(built: list[Manifest]) -> None:
    for name, template in pods(built):
        spec = template["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, "ORDERMILL_API_PORT would be an address of Kubernetes'"
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }, name  # fmt: skip
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
            written = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
            assert written == {"/var/lib/ordermill", "/tmp"}, name  # noqa: S108 - the pod's own


def test_the_user_is_the_image_s_and_the_state_directory_too(built: list[Manifest]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    user = re.search(r"^USER (\d+)$", dockerfile, re.MULTILINE)
    assert user
    assert "ORDERMILL_DATA_DIR=/var/lib/ordermill" in dockerfile
    for name, template in pods(built):
        assert template["spec"]["securityContext"]["runAsUser"] == int(user[1]), name


def test_what_serves_is_probed_and_on_the_ports_it_says(built: list[Manifest]) -> None:
    for name, deployment in of_kind(built, "Deployment").items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        ports = {port["name"] for port in container["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["port"] in ports, f"{name} {probe}"


@pytest.mark.parametrize("process", ["api", "worker"])
def test_a_process_s_metrics_are_on_the_port_its_pod_says(
    built: list[Manifest], process: Literal["api", "worker"]
) -> None:
    """Where it listens when nobody else has the port, as in a pod of its own."""
    settings = Settings(metrics_port=int(variables(built)["ORDERMILL_METRICS_PORT"]))
    deployment = of_kind(built, "Deployment")[f"ordermill-{process}"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports["metrics"] == Metrics(settings, process)._first


def test_budgets_services_and_policies_choose_pods_that_exist(built: list[Manifest]) -> None:
    labels = [template["metadata"]["labels"] for _, template in pods(built)]
    chosen = [found["spec"]["selector"]["matchLabels"] for found in of_kind(built, "PodDisruptionBudget").values()]
    chosen += [found["spec"]["selector"] for found in of_kind(built, "Service").values()]
    chosen += [found["spec"]["podSelector"]["matchLabels"] for found in of_kind(built, "NetworkPolicy").values()]
    assert len(chosen) >= 6
    for wanted in chosen:
        assert any(wanted.items() <= have.items() for have in labels), wanted
    budgets = {wanted["app.kubernetes.io/name"] for wanted in chosen[:2]}
    assert budgets == set(of_kind(built, "Deployment"))


def test_workers_are_scaled_by_the_queues_they_poll_where_temporal_is(built: list[Manifest]) -> None:
    settings = Settings()
    scaled = of_kind(built, "ScaledObject")["ordermill-worker"]["spec"]
    told = variables(built)
    assert scaled["scaleTargetRef"]["name"] in of_kind(built, "Deployment")
    assert "replicas" not in of_kind(built, "Deployment")["ordermill-worker"]["spec"], "two would fight over the number"
    queues = {trigger["metadata"]["taskQueue"] for trigger in scaled["triggers"]}
    assert queues == {settings.task_queue, webhooks_queue(settings)}
    for trigger in scaled["triggers"]:
        asked = trigger["metadata"]
        assert (asked["endpoint"], asked["namespace"]) == (
            told["ORDERMILL_TEMPORAL_ADDRESS"], told["ORDERMILL_TEMPORAL_NAMESPACE"],
        )  # fmt: skip
        secret = trigger.get("authenticationRef", {}).get("name")
        assert secret is None or secret in of_kind(built, "TriggerAuthentication")


def variables(manifests: list[Manifest]) -> dict[str, str]:
    """Every variable a pod gets from what is in the repository."""
    found: dict[str, str] = {}
    for config in of_kind(manifests, "ConfigMap").values():
        found |= {name: value for name, value in config["data"].items() if name.isupper()}
    for _, template in pods(manifests):
        for container in template["spec"]["containers"]:
            found |= {env["name"]: env.get("value", "") for env in container.get("env", [])}
    return found


def test_every_variable_is_one_that_the_engine_reads(built: list[Manifest], monkeypatch: pytest.MonkeyPatch) -> None:
    """Names by the settings' own fields; values by making the settings of them."""
    told = variables(built)
    ours = {f"ORDERMILL_{name.upper()}" for name in Settings.model_fields}
    assert told.keys() - ours - OUTSIDE == set()
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.temporal_address == told["ORDERMILL_TEMPORAL_ADDRESS"]
    assert settings.metrics_port == 9464


def test_the_policy_in_the_base_is_one_that_starts() -> None:
    assert load(Settings(config=K8S / "base/shop.yaml"), {}).store.currency == "USD"


def test_secrets_are_named_and_never_written_here() -> None:
    for path in K8S.rglob("*.yaml"):
        for found in yaml.safe_load_all(path.read_text()):
            assert not (isinstance(found, dict) and found.get("kind") == "Secret"), path


def test_every_file_a_kustomization_names_is_there_and_every_file_is_named() -> None:
    named = {K8S / "overlays/temporal-chart/temporal-values.yaml"}  # Helm's
    for path in K8S.rglob("kustomization.yaml"):
        named.add(path)
        said = yaml.safe_load(path.read_text())
        for target in (*said.get("resources", ()), *said.get("components", ())):
            there = (path.parent / target).resolve()
            assert there.exists(), f"{path.relative_to(ROOT)} names {target}"
            named.add(there)
        for generator in said.get("configMapGenerator", ()):
            named |= {path.parent / file.rpartition("=")[2] for file in generator.get("files", ())}
    strangers = [path.relative_to(ROOT) for path in K8S.rglob("*.yaml") if path not in named]
    assert strangers == []


def test_the_validator_refuses_what_is_wrong() -> None:
    """So that the test above could fail."""
    assert importlib.util.find_spec("kubernetes_validate"), sys.path
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"port": 80}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)
