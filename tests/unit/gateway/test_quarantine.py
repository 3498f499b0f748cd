"""Calls that end the server: found out by what they have in common, while others come through."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from tritonclient.grpc import service_pb2

from vislex.gateway import quarantine as module
from vislex.gateway import wire
from vislex.gateway.quarantine import Outcome, Quarantine
from vislex.gateway.refusal import Refusal
from vislex.gateway.request import read_request
from vislex.gateway.suspects import Suspect

ATTACKER, OTHER = b"attacker", b"other"


def call(image: bytes, request_id: str = "", caller: bytes = OTHER, **parameters: int) -> Suspect:
    body = wire.image_request("classify", "IMAGE", image) + wire.request_id(request_id)
    for name, value in parameters.items():
        body += wire.int_parameter(name, value)
    return Suspect(read_request(body), caller)


class Run:
    """A quarantine, and a server behind it that dies of what it is told to."""

    def __init__(self) -> None:
        self.quarantine = Quarantine()
        self.life = 1

    async def send(self, suspect: Suspect, outcome: Outcome = "answered") -> None:
        """One call from its way in to its way out. Raises Refusal."""
        passed = await self.quarantine.enter(suspect)
        self.quarantine.leave(passed, outcome, self.life)
        self.life += outcome == "died"

    async def die(self, *inside: Suspect) -> None:
        """The server dies with several calls inside."""
        passes = [await self.quarantine.enter(suspect) for suspect in inside]
        for passed in passes:
            self.quarantine.leave(passed, "died", self.life)
        self.life += 1

    async def refused(self, suspect: Suspect) -> Refusal:
        with pytest.raises(Refusal) as caught:
            await self.send(suspect)
        return caught.value


def played(play: Callable[[Run], Awaitable[Any]]) -> None:
    async def run() -> None:
        await play(Run())

    asyncio.run(asyncio.wait_for(run(), 30))


def test_the_poison_image_is_found_and_the_innocent_come_through() -> None:
    async def play(run: Run) -> None:
        poison, others = call(b"poison"), [call(b"one"), call(b"two")]
        await run.die(poison, *others)
        for other in others:
            await run.send(other)
        await run.send(call(b"poison", "another id"), "died")
        for other in others:
            await run.send(other)
        refusal = await run.refused(call(b"poison", "a third", caller=b"someone else"))
        assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
        assert "died 2 times with this image inside; it is not taken again" in refusal.details

    played(play)


def test_a_form_is_found_out_whatever_image_it_brings() -> None:
    """The same parameters from the same caller, each time with another image."""

    async def play(run: Run) -> None:
        await run.die(call(b"1", caller=ATTACKER, top_k=77), call(b"good"))
        await run.send(call(b"good"))
        await run.send(call(b"2", caller=ATTACKER, top_k=77), "died")
        refusal = await run.refused(call(b"3", caller=ATTACKER, top_k=77))
        assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
        assert "died 2 times with such a request of this caller inside; not taken for another" in (
            refusal.details
        )
        assert refusal.details.endswith("classify with parameters top_k 77 and outputs all")
        await run.send(call(b"4", caller=OTHER, top_k=77))  # others may send the same
        await run.send(call(b"5", caller=ATTACKER, top_k=5))  # and it may send something else
        assert run.quarantine.refused == 1

    played(play)


def test_one_image_sent_again_is_not_held_against_its_sender() -> None:
    async def play(run: Run) -> None:
        await run.send(call(b"poison"), "died")
        await run.send(call(b"poison"), "died")
        await run.refused(call(b"poison"))
        await run.send(call(b"good"))  # of the same caller, in the same form

    played(play)


@pytest.mark.parametrize("images", [(b"poison", b"good"), (b"good", b"poison")])
def test_an_image_is_not_held_against_those_of_its_form(images: tuple[bytes, ...]) -> None:
    """Both were inside at the first death, and the poison goes first after it."""

    async def play(run: Run) -> None:
        await run.die(*map(call, images))
        await run.send(call(b"poison"), "died")
        await run.refused(call(b"poison"))
        await run.send(call(b"good"))

    played(play)


def test_a_caller_is_found_out_whatever_it_sends() -> None:
    """Another image in another form each time, with good calls between: few get through."""

    async def play(run: Run) -> None:
        deaths = 0
        for i in range(300):
            for kind in ("good", "poison"):
                try:
                    sent = call(f"{kind} {i}".encode(), caller=ATTACKER, top_k=i + 1)
                    await run.send(sent, "died" if kind == "poison" else "answered")
                    deaths += kind == "poison"
                except Refusal as refusal:
                    assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED
                    assert refusal.details.startswith("Quarantined: the server died ")
                    assert refusal.retry_after_ms is not None
                    assert 0 < refusal.retry_after_ms <= 60_000
        # The first, the second after one good call, and two more when it owes 4 and 16 of them.
        assert deaths == 4
        await run.send(call(b"good", caller=OTHER))

    played(play)


def test_time_gives_another_chance_and_each_is_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setitem(module._PROOF, "caller", 99)  # the form alone is looked at

    async def play(run: Run) -> None:
        for i in range(2):
            await run.send(call(str(i).encode(), caller=ATTACKER, top_k=7), "died")
        for longer in (60, 120):
            now[0] += longer - 1
            assert (
                "for another 1 s" in (await run.refused(call(b"9", "", ATTACKER, top_k=7))).details
            )
            now[0] += 2
            await run.send(call(b"again", f"{longer}", ATTACKER, top_k=7), "died")
        now[0] += 241
        await run.send(call(b"good", "", ATTACKER, top_k=7))  # it came through
        await run.send(call(b"more", "", ATTACKER, top_k=7))

    played(play)


def test_one_death_counts_once_however_often_the_image_was_inside() -> None:
    async def play(run: Run) -> None:
        await run.die(*[call(b"popular") for _ in range(8)])
        await run.send(call(b"popular"))

    played(play)


def test_suspects_go_one_at_a_time_and_others_do_not_wait() -> None:
    async def play(run: Run) -> None:
        await run.die(call(b"a", caller=b"A"), call(b"b", caller=b"B"))
        first = await run.quarantine.enter(call(b"a", caller=b"A"))
        second = asyncio.create_task(run.send(call(b"b", caller=b"B")))
        await run.send(call(b"c", caller=b"C"))
        await asyncio.sleep(0.05)
        assert not second.done()
        run.quarantine.leave(first, "answered", run.life)
        await second

    played(play)


@pytest.mark.parametrize("outcome", ["unknown"])
def test_only_an_answer_clears_a_suspect(outcome: Outcome) -> None:
    """One that was shed, or skipped because nobody waited any more, has proven nothing."""

    async def play(run: Run) -> None:
        await run.die(call(b"a"))
        await run.send(call(b"a"), outcome)
        await run.send(call(b"a"), "died")
        await run.refused(call(b"a"))

    played(play)


def test_those_that_wait_are_bounded() -> None:
    async def play(run: Run) -> None:
        await run.die(call(b"a"))
        first = await run.quarantine.enter(call(b"a"))
        waiting = [asyncio.create_task(run.send(call(b"a"))) for _ in range(64)]
        await asyncio.sleep(0)
        refusal = await run.refused(call(b"a"))
        assert refusal.code == grpc.StatusCode.UNAVAILABLE
        run.quarantine.leave(first, "answered", run.life)
        await asyncio.gather(*waiting)

    played(play)


def test_an_image_is_the_same_raw_and_typed() -> None:
    typed = service_pb2.ModelInferRequest(model_name="classify")
    typed.inputs.add(name="IMAGE", datatype="BYTES", shape=[1, 1])
    typed.inputs[0].contents.bytes_contents.append(b"image")
    sent = read_request(typed.SerializeToString())
    assert sent.content == call(b"image").request.content
    assert sent.form != call(b"image").request.form


def test_a_form_is_all_but_the_id_and_the_image() -> None:
    plain = call(b"a", "1").request.form
    assert plain == call(b"b", "2").request.form
    assert len({plain, call(b"a", top_k=1).request.form, call(b"a", top_k=2).request.form}) == 3


def test_it_costs_nothing_while_nothing_has_died(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Suspect, "traits", lambda self: pytest.fail("the image was read"))

    async def play(run: Run) -> None:
        await run.send(call(b"a"))

    played(play)
