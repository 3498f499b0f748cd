"""One poison image among innocents: found out after two deaths, and nobody else is refused."""

import asyncio

import pytest
from tritonclient.grpc import service_pb2

from vislex.gateway.quarantine import Quarantine
from vislex.gateway.refusal import Refusal


def call(image: bytes, request_id: str = "") -> bytes:
    message = service_pb2.ModelInferRequest(model_name="classify", id=request_id)
    message.raw_input_contents.append(image)
    return bytes(message.SerializeToString())


async def enter(quarantine: Quarantine, body: bytes) -> None:
    async with quarantine.entered(body):
        pass


def test_the_poison_is_found_and_the_innocent_come_through() -> None:
    async def run() -> None:
        quarantine = Quarantine()
        bodies = [call(name) for name in (b"poison", b"one", b"two")]
        for body in bodies:
            quarantine.blame(body, life=1)
        for body in bodies[1:]:
            await enter(quarantine, body)
        async with quarantine.entered(call(b"poison", "another id")):
            quarantine.blame(bodies[0], life=2)
        for body in bodies[1:]:
            await enter(quarantine, body)
        with pytest.raises(Refusal, match="died 2 times with this image inside"):
            await enter(quarantine, call(b"poison", "a third"))

    asyncio.run(run())


def test_one_death_counts_once_however_often_the_image_was_inside() -> None:
    async def run() -> None:
        quarantine = Quarantine()
        for _ in range(8):
            quarantine.blame(call(b"popular"), life=1)
        await enter(quarantine, call(b"popular"))

    asyncio.run(run())


def test_suspects_go_one_at_a_time_and_others_do_not_wait() -> None:
    async def run() -> None:
        quarantine = Quarantine()
        for name in (b"a", b"b"):
            quarantine.blame(call(name), life=1)
        async with quarantine.entered(call(b"a")):
            second = asyncio.create_task(enter(quarantine, call(b"b")))
            await enter(quarantine, call(b"c"))
            await asyncio.sleep(0.05)
            assert not second.done()
        await second

    asyncio.run(run())


def test_a_refused_suspect_stays_one() -> None:
    """Only an answer clears it: one that was shed has proven nothing."""

    async def run() -> None:
        quarantine = Quarantine()
        quarantine.blame(call(b"a"), life=1)
        with pytest.raises(ValueError, match="shed"):
            async with quarantine.entered(call(b"a")):
                raise ValueError("shed")
        quarantine.blame(call(b"a"), life=2)
        with pytest.raises(Refusal):
            await enter(quarantine, call(b"a"))

    asyncio.run(run())
