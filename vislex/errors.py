"""The errors vislex raises, in its callers' words.

    VislexError
    ├── InvalidInput         the caller sent something that cannot be served   -> INVALID_ARG
    │   ├── InvalidImage     not an image, torn, too large, unsupported
    │   └── InvalidOption    alpha, top_k, ... out of range or unknown
    ├── Abandoned            nobody waits for the answer any more            -> CANCELLED
    ├── ModelFailed          a model behind the port failed                    -> UNAVAILABLE
    │   └── LateAnswer       a server had no time left for it
    ├── GalleryError         a gallery cannot be used                          -> refuses to start
    │   ├── GalleryMissing   no gallery, no version, no file
    │   ├── GalleryCorrupt   a checksum, a size or a count does not hold
    │   ├── GalleryMismatch  built with another encoder, OCR or preparation
    │   └── GalleryBusy      another process is writing it
    ├── RepositoryError      a model repository or exported model cannot be used
    └── ServerError          the server could not be started or died

Every message names what is wrong and what was expected. `vislex.triton.requests` maps the tree to
Triton's codes in one table.
"""


class VislexError(Exception):
    """Base of every error vislex raises on purpose."""


class InvalidInput(VislexError):
    """The caller sent something that cannot be served."""


class InvalidImage(InvalidInput):
    """The bytes are not an image vislex accepts."""


class InvalidOption(InvalidInput):
    """A request option is unknown or out of range."""


class Abandoned(VislexError):
    """The caller cancelled the request, or its deadline passed; no work is done for it."""


class ModelFailed(VislexError):
    """A model behind the port failed or answered something unusable."""


class LateAnswer(ModelFailed):
    """A server ended the call because it took too long; with less to do at once it may answer."""


class GalleryError(VislexError):
    """A gallery cannot be used."""


class GalleryMissing(GalleryError):
    """The gallery, its live version or one of its files is not there."""


class GalleryCorrupt(GalleryError):
    """A checksum, a size or a count of the gallery does not hold."""


class GalleryMismatch(GalleryError):
    """The gallery was built with another encoder, OCR or preparation."""


class GalleryBusy(GalleryError):
    """Another process is writing the gallery."""


class RepositoryError(VislexError):
    """A model repository, or a model in it, is missing or not what it says."""


class ServerError(VislexError):
    """The Triton server could not be started, or died."""
