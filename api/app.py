"""The API's composition root: settings, policy file, database, the door to Temporal and the faces meet here and only here.

`create_app` is a factory (`uvicorn api.app:create_app --factory`). A test passes its own door; everything else is real.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from activities.providers import by_livemode
from activities.providers.watched import Watch
from api.faces import AXES, FACES, face_of
from api.http import health, openapi
from api.http.auth import Keyring
from api.http.idempotency import Memory
from api.http.pipeline import admit, endpoint, error_response
from api.http.problems import Problem
from api.http.rate_limit import limiter
from api.http.request_id import RequestId
from api.http.request_log import told_to
from api.http.shared_limits import storage
from api.http.traced import Traced
from api.shop import Shop
from console import serving as console
from domain.errors import InvalidInput
from domain.order import Order
from domain.policy import ShopConfig
from door.counted import Counted
from door.errands import Door, Unsettled
from door.placing import Taxes
from door.temporal import TemporalDoor
from ordermill import __version__
from ordermill.process import collector
from ordermill.process.config import load
from ordermill.process.connect import connect
from ordermill.process.meters import Meter
from ordermill.process.metrics import Metrics
from ordermill.process.origins import origins
from ordermill.process.tracing import Tracing
from ordermill.process.tracing import start as start_tracing
from ordermill.settings import Settings
from store.database.engine import create_engine
from store.lists import facets

OpenDoor = Callable[[Settings, AsyncEngine, AsyncExitStack], Awaitable[Door]]
"""Opens the door over this database; what must be closed with the app goes on the stack."""


def create_app(
    settings: Settings | None = None, *, config: ShopConfig | None = None, door: OpenDoor | None = None
) -> FastAPI:
    """The application. ConfigError when the policy file or its environment is wrong."""
    settings = settings or Settings()
    facets.register(AXES)
    shop_config = config or load(settings)
    metrics, tracing = Metrics(settings, "api"), start_tracing("ordermill-api")
    parts: dict[str, Shop] = {}

    def shop() -> Shop:
        return parts["shop"]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            metrics.open()
            stack.callback(metrics.close)
            stack.callback(tracing.close)
            opens = door or temporal(metrics, tracing)
            parts["shop"] = await _open_shop(settings, shop_config, opens, stack, metrics.meter, tracing)
            collector.resume()
            yield
            parts.clear()

    app = FastAPIOffline(
        title="Ordermill",
        version=__version__,
        description=openapi.DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    _routes(app, shop)
    health.mount(app, shop)
    console.mount(app, shop, shop_config)
    _provider_webhooks(app, settings, shop)
    _errors(app, shop)
    openapi.describe(app)
    app.add_middleware(RequestId, unhandled=_unhandled, ended=told_to(metrics.meter), templates=_templates(app))
    if tracing.on:
        app.add_middleware(Traced, tracing=tracing)
    return app


async def _open_shop(
    settings: Settings, config: ShopConfig, door: OpenDoor, stack: AsyncExitStack, meter: Meter, tracing: Tracing
) -> Shop:
    db = create_engine(settings.database)
    tracing.watch(db)
    stack.push_async_callback(db.dispose)
    memory, redis = Memory(db), settings.redis_url
    stack.push_async_callback(memory.close)
    return Shop(
        settings=settings,
        config=config,
        db=db,
        door=Counted(await door(settings, db, stack), meter.command),
        keys=Keyring(db),
        memory=memory,
        limiter=limiter(config.rate_limit.per_minute, storage(db, redis.get_secret_value() if redis else None)),
        taxes=taxes(settings, config, stack, Watch(meter.provider_call, tracing.span)),
        faces=FACES,
        origins=origins(settings, config),
    )


def temporal(metrics: Metrics, tracing: Tracing) -> OpenDoor:
    """The real door (door/temporal.py). It connects lazily: the API starts, and answers 503, while Temporal is away."""

    async def opened(settings: Settings, db: AsyncEngine, _stack: AsyncExitStack) -> Door:
        return TemporalDoor(
            await connect(settings, runtime=metrics.runtime, meter=metrics.meter, interceptors=tracing.interceptors),
            db,
            task_queue=settings.task_queue,
            timeout_seconds=settings.command_timeout_seconds,
            providers=by_livemode(settings),
        )

    return opened


def taxes(settings: Settings, config: ShopConfig, stack: AsyncExitStack, watch: Watch) -> dict[bool, Taxes]:
    """Stripe Tax, where the policy file asks for it, in the mode Stripe serves; the other mode keeps the file's rates."""
    livemode = _stripes_mode(settings)
    if config.tax_calculation_source != "stripe_tax" or livemode is None or settings.stripe_api_key is None:
        return {}
    from activities.providers.base import ProviderRefused, ProviderUnavailable
    from activities.providers.stripe import StripeProvider
    from activities.providers.stripe_tax import tax_request, taxed

    stripe = StripeProvider(settings.stripe_api_key.get_secret_value(), api_base=settings.stripe_api_base)
    stack.push_async_callback(stripe.close)

    async def calculate(order: Order) -> Order:
        request = tax_request(order)
        try:
            if request is None:
                return order
            with watch.call("stripe", "calculate_tax"):
                calculated = await stripe.calculate_tax(request)
            return taxed(order, calculated)
        except ProviderRefused as error:
            raise InvalidInput(f"taxes cannot be calculated: {error.message}", field="shippingAddress") from None
        except ProviderUnavailable as error:
            raise Unsettled(f"taxes cannot be calculated now: {error.message}", accepted=False) from None

    return {livemode: calculate}


def _stripes_mode(settings: Settings) -> bool | None:
    """Livemode that Stripe serves here; None where it serves nothing."""
    return next((livemode for livemode, name in by_livemode(settings).items() if name == "stripe"), None)


def _routes(app: FastAPI, shop: Callable[[], Shop]) -> None:
    for face in FACES.values():
        for route in face.routes.all:
            # Starlette's plain routes: the pipeline parses, and openapi.py describes, so FastAPI has nothing to do here.
            app.add_route(route.path, endpoint(route, face, shop), methods=[route.method], include_in_schema=False)


def _templates(app: FastAPI) -> dict[object, str]:
    """Endpoint -> path template, of every route and mounted app there is by now."""
    found: dict[object, str] = {}
    for route in app.routes:
        if isinstance(route, Mount):
            found[route.app] = f"{route.path}/{{path}}"
        elif isinstance(route, Route):
            found[route.endpoint] = route.path
    return found


def _provider_webhooks(app: FastAPI, settings: Settings, shop: Callable[[], Shop]) -> None:
    """`POST /webhooks/stripe`, where a secret is set to verify it with."""
    secret = settings.stripe_webhook_secret
    livemode = _stripes_mode(settings)
    if secret is None or livemode is None:
        return
    from api.webhooks.inbound import router  # the stripe library is loaded only where it is used

    app.include_router(router(shop, secret=secret.get_secret_value(), livemode=livemode))


def _errors(app: FastAPI, shop: Callable[[], Shop]) -> None:
    async def on_http(request: Request, error: Exception) -> Response:
        """404 and 405 of the router, in the shape of the face whose path it is; 401 and 429 come first."""
        face = face_of(request.url.path)
        problem = _routing_problem(error) if isinstance(error, HTTPException) else Problem("internal", "")
        if face.owns(request.url.path):
            try:
                await admit(shop(), request)
            except Problem as refusal:
                problem = refusal
        return error_response(face, request, problem)

    app.add_exception_handler(HTTPException, on_http)


def _routing_problem(error: HTTPException) -> Problem:
    if error.status_code == 405:
        return Problem("method_not_allowed", "this path does not take that method", headers=error.headers)
    if error.status_code == 404:
        return Problem("not_found", "there is nothing at this path")
    return Problem("bad_json", "the request cannot be read")


def _unhandled(request: Request, error: Exception) -> Response:
    return error_response(face_of(request.url.path), request, error)
