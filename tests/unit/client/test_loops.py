"""An AsyncClient belongs to one event loop; in another it says what to do, and does not hang."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from vislex_client import AsyncClient, InvalidRequest

from tests.unit.client.stand_in import IMAGE, StandIn, served


@pytest.fixture
def client() -> Iterator[AsyncClient]:
    with served(StandIn()) as url:
        yield AsyncClient(url, timeout_s=10)


def test_a_second_loop_is_told_what_to_do(client: AsyncClient) -> None:
    async def classify() -> str:
        return (await client.classify(IMAGE)).label

    async def embed_and_close() -> None:
        with pytest.raises(InvalidRequest, match="make an AsyncClient in each loop"):
            await client.embed(IMAGE)
        with pytest.raises(InvalidRequest, match="another event loop"):
            await client.health()
        await client.close()

    assert asyncio.run(classify()) == "微信"
    asyncio.run(asyncio.wait_for(embed_and_close(), 20))


def test_every_image_of_many_is_told(client: AsyncClient) -> None:
    async def classify_two() -> list[object]:
        return [answer async for answer in client.classify_many([IMAGE, IMAGE])]

    assert [type(answer).__name__ for answer in asyncio.run(classify_two())] == [
        "Classification"
    ] * 2
    assert all(isinstance(answer, InvalidRequest) for answer in asyncio.run(classify_two()))


def test_a_client_that_was_made_outside_any_loop_belongs_to_that_of_its_first_call(
    client: AsyncClient,
) -> None:
    async def twice() -> list[str]:
        async with client:
            return [(await client.classify(IMAGE)).label for _ in range(2)]

    assert asyncio.run(twice()) == ["微信", "微信"]
