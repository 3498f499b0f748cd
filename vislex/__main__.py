"""`python -m vislex serve`: the real Triton server over a written repository and a gallery."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from vislex.errors import ServerError, VislexError
from vislex.recipe import read_recipe
from vislex.serving.log import failure_in
from vislex.serving.server import LOOPBACK, Ports, Server, run_triton_server
from vislex.storage import check_gallery


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _serve(options)
    except KeyboardInterrupt:
        print("stopped")
        return 0
    except (VislexError, OSError) as error:
        print(f"vislex: {error}", file=sys.stderr)
        return 1


def _serve(options: argparse.Namespace) -> int:
    # Checked here first: what is wrong with it is said at once, not after the models have loaded.
    version, manifest = check_gallery(options.gallery, read_recipe(options.repository))
    ports = Ports(options.grpc_port, options.http_port, options.metrics_port)
    print(f"starting: gallery {version}, {manifest.count} images", flush=True)
    with run_triton_server(
        options.repository,
        environment={"VISLEX_GALLERY": str(options.gallery.resolve())},
        ports=ports,
        host=options.host,
        log=options.log,
    ) as server:
        _announce(server, version)
        status = server.process.wait()
    raise ServerError(f"tritonserver ended with status {status}: {failure_in(server.log)}")


def _announce(server: Server, version: str) -> None:
    print(f"ready: gRPC {server.grpc_url}, HTTP {server.http_url}, metrics {server.metrics_url}")
    print(f"gallery {version}; log {server.log}; Ctrl-C stops it")
    print(f"  {sys.executable} -m vislex_client classify IMAGE --url {server.grpc_url}", flush=True)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vislex", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run the server until Ctrl-C")
    serve.add_argument("--repository", type=Path, required=True, metavar="DIR")
    serve.add_argument("--gallery", type=Path, required=True, metavar="DIR")
    serve.add_argument("--host", default=LOOPBACK, help="address to bind (default: %(default)s)")
    serve.add_argument("--grpc-port", type=int, default=8001, help="0: any free one")
    serve.add_argument("--http-port", type=int, default=8000, help="0: any free one")
    serve.add_argument("--metrics-port", type=int, default=8002, help="0: any free one")
    serve.add_argument("--log", type=Path, metavar="FILE", help="Triton's log")
    return parser


if __name__ == "__main__":
    sys.exit(main())
