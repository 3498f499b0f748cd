"""TLS for the public gRPC port: certificates from files, read again for each connection."""

from dataclasses import dataclass
from pathlib import Path

import grpc

from vislex.errors import ServerError


@dataclass(frozen=True)
class Tls:
    """PEM files: the server's certificate and key and, for mutual TLS, who signs the clients'."""

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """What the server listens with; a renewed certificate is taken up without a restart.

        Raises ServerError naming a file that cannot be read.
        """
        return grpc.dynamic_ssl_server_credentials(
            self._read(), self._read_again, require_client_authentication=self.client_ca is not None
        )

    def _read(self) -> grpc.ServerCertificateConfiguration:
        try:
            pair = (self.key.read_bytes(), self.certificate.read_bytes())
            roots = self.client_ca.read_bytes() if self.client_ca else None
        except OSError as error:
            raise ServerError(f"cannot read a TLS file: {error}") from None
        return grpc.ssl_server_certificate_configuration([pair], roots)

    def _read_again(self) -> grpc.ServerCertificateConfiguration | None:
        try:
            return self._read()
        except ServerError:
            return None  # gRPC goes on with the last one
