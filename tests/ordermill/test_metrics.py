import httpx2

from ordermill.launch.dev_server import running
from ordermill.launch.ports import free_ports
from ordermill.process.connect import connect
from ordermill.process.metrics import runtime
from ordermill.settings import Settings
from tests.plain_http import NO_CERTIFICATES


def test_there_is_no_endpoint_unless_a_port_is_set() -> None:
    assert runtime(Settings()) is None


async def test_what_a_client_asks_is_counted_for_prometheus() -> None:
    (port,) = free_ports(1)
    with running() as server:
        settings = Settings(metrics_port=port, temporal_port=server.port, task_queue="orders")
        client = await connect(settings, runtime=runtime(settings), lazy=False)
        await client.count_workflows()
        async with httpx2.AsyncClient(trust_env=False, verify=NO_CERTIFICATES) as http:
            answer = await http.get(f"http://127.0.0.1:{port}/metrics")
    assert "temporal_request{" in answer.text
    assert 'task_queue="orders"' in answer.text
