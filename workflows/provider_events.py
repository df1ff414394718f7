"""ProviderEventWorkflow: one inbound provider event, from parked to known by its order. Id `event-<event id>`.

An event may come before its order has saved the payment it speaks of: it is asked again, ever more slowly, for
three days (as long as Stripe itself would repeat it). Every one is in the web UI, so none is lost silently.
"""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.messages import (
        EVENT_DELIVERED,
        READ_EVENT,
        TELL_ORDER,
        Envelope,
        EventRef,
        Fact,
        Sender,
        Telling,
    )
    from workflows.steps import FOREVER

PATIENCE = timedelta(days=3)
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 3600.0


@workflow.defn(name="ProviderEvent")
class ProviderEventWorkflow:
    @workflow.run
    async def run(self, ref: EventRef) -> str:
        """What became of it: delivered, or why nobody took it."""
        started, wait = workflow.now(), FIRST_WAIT_SECONDS
        while True:
            fact = await self._read(ref)
            if fact.outcome != "unknown":
                break
            if workflow.now() - started > PATIENCE:
                fact = Fact(outcome="nothing", note="no order could take it for three days")
                break
            workflow.set_current_details("No order knows this payment yet.")
            await workflow.sleep(wait, summary="an order to know the payment")
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        note = await self._tell(ref, fact)
        await workflow.execute_activity(
            EVENT_DELIVERED,
            EventRef(provider=ref.provider, id=ref.id, note=note),
            start_to_close_timeout=timedelta(seconds=15),
            retry_policy=FOREVER,
            summary=note,
        )
        return note

    async def _read(self, ref: EventRef) -> Fact:
        fact: Fact = await workflow.execute_activity(
            READ_EVENT,
            ref,
            result_type=Fact,
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=FOREVER,
            summary="what the event means",
        )
        return fact

    async def _tell(self, ref: EventRef, fact: Fact) -> str:
        if fact.outcome != "facts" or fact.order_id is None:
            return fact.note or "nothing to tell"
        request = Envelope(id=f"{ref.provider}:{ref.id}", actor=Sender(kind="provider", id=ref.provider))
        verbs = ", ".join(told.verb for told in fact.facts)
        await tell(Telling(order_id=fact.order_id, facts=fact.facts, request=request), verbs)
        return f"{verbs} told to order {fact.order_id}"


async def tell(telling: Telling, summary: str) -> None:
    """Tell an order facts; returns once it has recorded them."""
    await workflow.execute_activity(
        TELL_ORDER,
        telling,
        start_to_close_timeout=timedelta(seconds=30),
        retry_policy=FOREVER,
        summary=summary,
    )
