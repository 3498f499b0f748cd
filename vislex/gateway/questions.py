"""The messages of requests without tensors."""

from collections.abc import Collection

from vislex.gateway.accepted import check_version, not_served
from vislex.gateway.refusal import invalid
from vislex.gateway.schema import MODEL, Message, read_message, text
from vislex.gateway.wire import Malformed


def read_question(body: bytes, schema: Message, what: str) -> dict[str, str]:
    """The strings of such a request. Raises Refusal for anything else in it."""
    try:
        found = read_message(body, schema, "it")
        names = (field.name for field in schema.values())
        return {name: text(found.get(name), name) for name in names}
    except Malformed as error:
        raise invalid(f"not a {what}: {error}") from None


def check_question(body: bytes, method: str, schema: Message, models: Collection[str]) -> None:
    """Raises Refusal for anything in such a request that is not in `schema` or `models`."""
    asked = read_question(body, schema, f"{method}Request")
    if schema is MODEL:
        if asked["name"] not in models:
            raise not_served(asked["name"], models)
        check_version(asked["version"])
