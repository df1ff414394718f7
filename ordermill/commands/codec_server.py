"""`ordermill codec-server`: run it beside the web UI, where the operators' browsers reach both."""

from ordermill.process import beginning
from ordermill.refusals import CannotStart
from ordermill.settings import Settings


class CodecServerClosed(CannotStart):
    """It has no keys to read with, or nobody who may."""


def codec_server() -> None:
    """Serve decoded payloads to Temporal's web UI and command line, for who has ORDERMILL_CODEC_TOKEN."""
    import uvicorn

    from ordermill.codec.app import create_app
    from ordermill.codec.entrance import Entrance
    from ordermill.process import logs
    from ordermill.process.connect import codec_of

    settings = beginning.settings()
    codec = codec_of(settings)
    if codec is None or settings.codec_token is None:
        missing = "ORDERMILL_PAYLOAD_KEYS" if codec is None else "ORDERMILL_CODEC_TOKEN"
        raise CodecServerClosed(f"{missing}: it is not set, and the codec server needs it")
    logs.configure("codec-server", settings)
    allowed = origins(settings)
    across = any(origin.startswith("https://") for origin in allowed)
    entrance = Entrance(settings.codec_token.get_secret_value(), across_sites=across)
    uvicorn.run(
        create_app(codec, entrance, allowed),
        host=settings.codec_host,
        port=settings.codec_port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


def origins(settings: Settings) -> list[str]:
    """Where the web UI's pages come from: scheme, host and port, nothing more."""
    if settings.codec_origins is None:
        return [f"http://{host}:{settings.temporal_ui_port}" for host in ("127.0.0.1", "localhost")]
    return [origin.strip().rstrip("/") for origin in settings.codec_origins.split(",") if origin.strip()]
