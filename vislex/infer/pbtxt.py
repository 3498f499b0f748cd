"""`config.pbtxt`, by the schema that tritonclient carries."""

from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from vislex.errors import RepositoryError

CONFIG_FILE = "config.pbtxt"


def read_config(model_dir: Path) -> Any:
    """The ModelConfig of one model of a repository.

    Raises RepositoryError where its file is missing or says what the schema does not know.
    """
    path = model_dir / CONFIG_FILE
    try:
        return text_format.Parse(path.read_text(encoding="utf-8"), model_config_pb2.ModelConfig())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise RepositoryError(f"{path} cannot be read: {error}") from None


def read_configs(repository: Path) -> dict[str, Any]:
    """The ModelConfig of every model of a repository, by name. Raises as `read_config` does."""
    paths = sorted(repository.glob(f"*/{CONFIG_FILE}"))
    return {path.parent.name: read_config(path.parent) for path in paths}


def write_config(config: Any, model_dir: Path, comment: str) -> None:
    """Writes a ModelConfig, under one line that says where it came from."""
    text = f"# {comment}\n{text_format.MessageToString(config, as_utf8=True)}"
    (model_dir / CONFIG_FILE).write_text(text, encoding="utf-8")


def parameters_of(config: Any) -> dict[str, str]:
    """A config's `parameters`, as strings by name."""
    return {key: value.string_value for key, value in config.parameters.items()}
