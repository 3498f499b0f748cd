"""`config.pbtxt`, by the schema that tritonclient carries."""

from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from vislex.errors import RepositoryError

FILE_NAME = "config.pbtxt"


def read_config(model_dir: Path) -> Any:
    """The ModelConfig of one model of a repository.

    Raises RepositoryError where its file is missing or says what the schema does not know.
    """
    path = model_dir / FILE_NAME
    try:
        return text_format.Parse(path.read_text(encoding="utf-8"), model_config_pb2.ModelConfig())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise RepositoryError(f"{path} cannot be read: {error}") from None


def write_config(config: Any, model_dir: Path, comment: str) -> None:
    """Writes a ModelConfig, under one line that says where it came from."""
    text = f"# {comment}\n{text_format.MessageToString(config, as_utf8=True)}"
    (model_dir / FILE_NAME).write_text(text, encoding="utf-8")


def parameters_of(config: Any) -> dict[str, str]:
    """A config's `parameters`, as strings by name."""
    return {key: value.string_value for key, value in config.parameters.items()}
