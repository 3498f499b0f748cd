"""docs/protocol.md says what is served: its calls work as they stand, its tables are complete."""

import base64
import json
import re
import struct
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import json_format
from tritonclient.grpc import service_pb2, service_pb2_grpc

from tests.conftest import Served
from tests.images import SAMPLES
from vislex.contract.galleries import GALLERY
from vislex.contract.images import EMBED, READ
from vislex.contract.screens import CLASSIFY
from vislex.screens.options import Options

PROJECT = Path(__file__).parents[2]
TEXT = (PROJECT / "docs" / "protocol.md").read_text(encoding="utf-8")
SCREEN = SAMPLES / "queries" / "ayh_amount" / "00.webp"


def block(language: str, holding: str) -> str:
    """The one block of code in `language` that has `holding` in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    (found,) = [code for code in blocks if holding in code]
    return str(found)


def test_the_plain_python_call_is_answered(served: Served) -> None:
    code = block("python", "import grpc").replace("localhost:8001", served.server.grpc_url)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.startswith("ayh_amount (0."), done.stderr


def test_the_json_that_grpcurl_sends_is_answered(served: Served) -> None:
    """grpcurl maps JSON to messages by protobuf's own rules, and so does json_format."""
    words = re.search(r"<<EOF\n(.*?)\nEOF", block("sh", "grpcurl"), re.DOTALL)
    assert words is not None
    image = base64.b64encode(SCREEN.read_bytes()).decode()
    request = json_format.ParseDict(
        json.loads(words[1].replace("$IMAGE", image)), service_pb2.ModelInferRequest()
    )
    with grpc.insecure_channel(served.server.grpc_url) as channel:
        answer = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=300)
    assert answer.id == "from-grpcurl"
    names = [output.name for output in answer.outputs]  # in the server's order
    found = dict(zip(names, answer.raw_output_contents, strict=True))
    assert set(found) == {"LABEL", "DECISION"}
    (length,) = struct.unpack_from("<I", found["LABEL"])
    assert found["LABEL"][4:] == b"ayh_amount"
    assert length == len(b"ayh_amount")


def cells(heading: str) -> set[str]:
    """What stands between backquotes in the first column of the table under `heading`."""
    table = TEXT.partition(heading)[2].partition("\n\n|")[2].partition("\n\n")[0]
    first = (row.split("|")[0 if row is table else 1] for row in table.splitlines())
    return {name for cell in first for name in re.findall(r"`(\w+)`", cell)}


def test_every_tensor_and_parameter_is_in_its_table() -> None:
    tensors = cells("## Models\n") | cells("The other models of the server")
    for model in (CLASSIFY, EMBED, READ, GALLERY):
        for spec in (*model.inputs, *model.outputs):
            assert spec.name in tensors
    fields = set(Options.__dataclass_fields__)
    assert cells("## Request parameters") >= fields


@pytest.mark.parametrize("name", ["alpha", "top_k"])
def test_the_defaults_are_those_of_the_server(name: str) -> None:
    default = Options.__dataclass_fields__[name].default
    assert re.search(rf"\| `{name}` \| \w+ \| {default} \|", TEXT)
